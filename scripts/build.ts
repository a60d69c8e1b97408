// Bundles what ships: the command line, split so that a command loads only what it needs, and the lab as a library.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import { latePackages } from './late-packages.ts'
import { suiteTexts } from './suite-texts.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What every bundle has in common. */
export function bundleOptions(): BuildOptions {
  return {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    // esbuild moves the polyfill behind the package that looks for it, unless it is said to come first.
    inject: ['src/identity/reflect-polyfill.ts'],
    plugins: [latePackages, suiteTexts],
    define: { CERTLET_COMMIT: JSON.stringify(commit()) },
    logLevel: 'warning',
  }
}

/** Writes dist/. Takes a fraction of a second. */
export async function bundle(): Promise<void> {
  rmSync(`${root}dist`, { recursive: true, force: true })
  await build({
    ...bundleOptions(),
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
}

/** Short hash of the commit; "unknown" outside a git checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown'
  }
}

if (import.meta.main) await bundle()
