// Bundles what ships: the command line, split so that a command loads only what it needs, and the lab as a library.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Writes dist/. Takes a fraction of a second. */
export async function bundle(): Promise<void> {
  rmSync(`${root}dist`, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli/start.ts', lab: 'src/lab/index.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node22.19',
    format: 'esm',
    mainFields: ['module', 'main'],
    // esbuild moves the polyfill behind the package that looks for it, unless it is said to come first.
    inject: ['src/identity/reflect-polyfill.ts'],
    // Packages that are CommonJS inside ask for built-ins by require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
}

if (import.meta.main) await bundle()
