import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles what the program begins with. */
export async function buildLoader(name: 'from-binary' | 'from-files', outfile: string): Promise<void> {
  const entryPoints = [fileURLToPath(new URL(`${name}.ts`, import.meta.url))]
  await build({
    entryPoints,
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22.19',
    minify: true,
  })
}
