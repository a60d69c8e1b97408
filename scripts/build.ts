// Bundles what ships: the command line, in parts so that a command loads only what it needs, and the lab as a library.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { keptNames } from './kept-names.ts'
import { latePackages } from './late-packages.ts'
import { bundledPackages } from './licences.ts'
import { pageAssets, pageFiles } from './page.ts'
import { programParts } from './program/parts.ts'
import { writeProgram } from './program/write-program.ts'
import { sbom } from './sbom.ts'
import { requiredBuiltIns } from './required-built-ins.ts'
import { suiteTexts } from './suite-texts.ts'
import { trimmedClientNode } from './trimmed-client-node.ts'
import { trimmedHistogram } from './trimmed-histogram.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What every bundle has in common; the lab's page is in it. @param inParts - whether it becomes parts (program/parts.ts). */
export async function bundleOptions(inParts = false): Promise<{ options: BuildOptions; page: Metafile }> {
  const { assets, metafile } = await pageAssets()
  const options: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22.19',
    mainFields: ['module', 'main'],
    plugins: [
      keptNames,
      trimmedClientNode,
      latePackages(inParts),
      requiredBuiltIns,
      suiteTexts,
      trimmedHistogram,
      pageFiles(assets),
    ],
    define: { CERTLET_COMMIT: JSON.stringify(commit()) },
    logLevel: 'warning',
  }
  return { options, page: metafile }
}

/** Writes dist/: the command line in parts, and the lab as a library. Takes a second. @returns what went into it. */
export async function bundle(): Promise<Metafile[]> {
  const { options, page } = await bundleOptions()
  rmSync(`${root}dist`, { recursive: true, force: true })
  const [program, lab] = await Promise.all([
    programParts(),
    build({
      ...options,
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
  return [...program.metafiles, lab.metafile, page]
}

/** Bundles what the program begins with. */
export async function buildLoader(name: 'from-binary' | 'from-files', outfile: string): Promise<void> {
  const entryPoints = [`${root}scripts/program/${name}.ts`]
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

/** Short hash of the commit; "unknown" outside a git checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown'
  }
}

if (import.meta.main) {
  const packages = bundledPackages(await bundle(), root)
  writeFileSync(`${root}dist/certlet.cdx.json`, sbom(packages))
}
