import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { buildDeb } from '../build-deb.ts'
import { binaryPath, has } from './certlets.ts'
import type { Figure, Section } from './figure.ts'
import { dist } from './program.ts'

const MB = 1e6

export const nodeSize: Section = {
  name: 'node.size',
  about: 'the binary, the same through xz, and the Debian package, in units of 1,000,000 bytes',
  async measure({ tiny }) {
    const binary = tiny ? dist[1] : await binaryPath()
    return [
      { name: 'node.size.binary', value: statSync(binary).size / MB, unit: 'MB', budget: { most: 120 } },
      ...(await xzFigures(binary, tiny ? '-0' : '-6')),
      ...(tiny ? [] : await debFigures()),
    ]
  },
}

async function xzFigures(path: string, level: string): Promise<Figure[]> {
  if (!has('xz')) return left('node.size.xz', 'apt-get install xz-utils')
  return [{ name: 'node.size.xz', value: (await xzBytes(path, level)) / MB, unit: 'MB', budget: { most: 32 } }]
}

async function xzBytes(path: string, level: string): Promise<number> {
  const child = spawn('xz', [level, '--stdout', path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let bytes = 0
  for await (const chunk of child.stdout) bytes += (chunk as Buffer).length
  return bytes
}

async function debFigures(): Promise<Figure[]> {
  if (!has('dh')) return left('node.size.deb', 'apt-get install debhelper')
  return [{ name: 'node.size.deb', value: statSync(await buildDeb()).size / MB, unit: 'MB' }]
}

function left(figure: string, remedy: string): Figure[] {
  console.error(`${figure} is left out: ${remedy}`)
  return []
}
