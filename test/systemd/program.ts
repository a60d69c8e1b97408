import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildBinary } from '../../scripts/build-binary.ts'

/** What is installed as /usr/bin/certlet: the binary; where it cannot be made (no `strip`), the bundle and this Node. */
export async function program(to: string): Promise<string> {
  if (!spawnSync('strip', ['--version']).error) return (await buildBinary()).path
  const bundle = fileURLToPath(new URL('../../bin/certlet.js', import.meta.url))
  writeFileSync(to, `#!/bin/sh\nexec "${process.execPath}" "${bundle}" "$@"\n`, { mode: 0o755 })
  return to
}
