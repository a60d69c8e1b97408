// Bundles what ships: the command line, split so that a command loads only what it needs, and the lab as a library.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { keptNames } from './kept-names.ts'
import { latePackages } from './late-packages.ts'
import { bundledPackages } from './licences.ts'
import { pageAssets, pageFiles } from './page.ts'
import { sbom } from './sbom.ts'
import { requiredBuiltIns } from './required-built-ins.ts'
import { suiteTexts } from './suite-texts.ts'
import { trimmedClientNode } from './trimmed-client-node.ts'
import { trimmedHistogram } from './trimmed-histogram.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What every bundle has in common; the lab's page is in it. */
export async function bundleOptions(): Promise<{ options: BuildOptions; page: Metafile }> {
  const { assets, metafile } = await pageAssets()
  const options: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    plugins: [
      keptNames,
      trimmedClientNode,
      latePackages,
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

/** Writes dist/. Takes a fraction of a second. @returns what went into it. */
export async function bundle(): Promise<Metafile[]> {
  const { options, page } = await bundleOptions()
  rmSync(`${root}dist`, { recursive: true, force: true })
  const { metafile } = await build({
    ...options,
    metafile: true,
    entryPoints: { cli: 'src/cli/start.ts', lab: 'src/lab/index.ts' },
    outdir: 'dist',
    splitting: true,
    target: 'node22.19',
    format: 'esm',
    // Packages that are CommonJS inside ask for built-ins by require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  })
  return [metafile, page]
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
