import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { BuildOptions, Metafile } from 'esbuild'
import { keptNames } from './kept-names.ts'
import { latePackages } from './late-packages.ts'
import { pageAssets, pageFiles } from './page.ts'
import { requiredBuiltIns } from './required-built-ins.ts'
import { suiteTexts } from './suite-texts.ts'
import { trimmedClientNode } from './trimmed-client-node.ts'
import { trimmedHistogram } from './trimmed-histogram.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What all bundles have in common; the lab's page is in it, and what went into that beside it. */
export interface Common {
  readonly options: BuildOptions
  readonly page: Metafile
}

export async function bundleOptions(): Promise<Common> {
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

/** Short hash of the commit; "unknown" outside a git checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown'
  }
}
