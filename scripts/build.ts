// Bundles what ships: the command line, in parts so that a command loads only what it needs, and the lab as a library.
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { bundleOptions } from './bundle-options.ts'
import { bundledPackages } from './licences.ts'
import { buildLoader } from './program/build-loader.ts'
import { programParts } from './program/parts.ts'
import { writeProgram } from './program/write-program.ts'
import { sbom } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Writes dist/: the command line in parts, and the lab as a library. Takes a second. @returns what went into it. */
export async function bundle(): Promise<Metafile[]> {
  const common = await bundleOptions()
  rmSync(`${root}dist`, { recursive: true, force: true })
  const [program, lab] = await Promise.all([
    programParts(common),
    build({
      ...common.options,
      metafile: true,
      entryPoints: { lab: 'src/lab/index.ts' },
      outdir: 'dist',
      format: 'esm',
      // Packages that are CommonJS inside ask for built-ins by require.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    }),
    buildLoader('from-files', `${root}dist/cli.cjs`),
  ])
  await writeProgram(`${root}dist/program`, program, { withCache: true })
  return [...program.metafiles, lab.metafile]
}

if (import.meta.main) {
  const packages = bundledPackages(await bundle(), root)
  writeFileSync(`${root}dist/certlet.cdx.json`, sbom(packages))
}
