import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { LATE } from './late-packages.ts'

/** A package that a bundle holds. */
export interface Bundled {
  readonly name: string
  readonly version: string
  /** SPDX expression, as its package.json has it. */
  readonly licence: string
  /** Its licence file; undefined where it ships none. */
  readonly text: string | undefined
}

/** The packages that are inside bundles, by name. @param root - folder that the metafile's paths start from. */
export function bundledPackages(metafiles: readonly Metafile[], root: string): Bundled[] {
  const folders = new Set<string>()
  // What stands in for a package is not it.
  const inputs = metafiles.flatMap((one) => Object.keys(one.inputs))
  for (const path of inputs.filter((one) => !one.startsWith(`${LATE}:`))) {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? []
    if (folder !== undefined) folders.add(join(root, folder))
  }
  return [...folders].map(bundled).sort((a, b) => a.name.localeCompare(b.name))
}

function bundled(folder: string): Bundled {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
  const { name, version, license } = manifest as { name: string; version: string; license?: string }
  if (license === undefined) throw new Error(`${folder}: package.json names no licence`)
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
  return { name, version, licence: license, text: file && readFileSync(join(folder, file), 'utf8') }
}
