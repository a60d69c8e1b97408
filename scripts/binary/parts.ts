import { basename } from 'node:path'
import { build, type Metafile, transform } from 'esbuild'
import { bundleOptions } from '../build.ts'

/** The program in parts: one is loaded when it is asked for, and all of them share what they have in common. */
export interface Parts {
  /** Text of each, by the name that the others require it by, without `./`: a function of `module` and `require`. */
  readonly texts: ReadonlyMap<string, string>
  /** Those that `certlet bootstrap` and `certlet run` load. */
  readonly hot: ReadonlySet<string>
  readonly metafiles: readonly Metafile[]
}

/** What a node runs. */
const HOT = ['src/cli/start.ts', 'src/cli/run-bootstrap.ts', 'src/cli/run-daemon.ts']

/** Bundles the command line for the one file, where nothing but built-ins is left to be required. @param root - of the checkout */
export async function binaryParts(): Promise<Parts> {
  const { options, page } = await bundleOptions()
  const { outputFiles, metafile } = await build({
    ...options,
    write: false,
    metafile: true,
    entryPoints: { cli: 'src/cli/start.ts' },
    outdir: 'dist',
    splitting: true,
    target: 'node26',
    format: 'esm',
  })
  const texts = await Promise.all(
    outputFiles.map(async ({ path, text }) => [basename(path), await asFunction(text)] as const),
  )
  return {
    texts: new Map(texts),
    hot: reachable(metafile, HOT),
    metafiles: [metafile, page],
  }
}

/** esbuild splits ES modules alone; their loader takes more time than all that a bootstrap does. */
async function asFunction(text: string): Promise<string> {
  const { code } = await transform(text, {
    format: 'cjs',
    minify: true,
    platform: 'node',
    target: 'node26',
    supported: { 'dynamic-import': false },
    // Packages make a `require` of their own from it; there is no file.
    define: { 'import.meta.url': '__binaryUrl' },
  })
  const url = code.includes('__binaryUrl')
    ? "const __binaryUrl=require('node:url').pathToFileURL(process.execPath).href;"
    : ''
  return `(function(module,require){${url}${code}})`
}

/** Names of the parts that are loaded with modules of src/. */
function reachable({ outputs }: Metafile, modules: readonly string[]): Set<string> {
  const names = new Set<string>()
  const add = (path: string): void => {
    if (names.has(basename(path))) return
    names.add(basename(path))
    for (const { path: next, kind, external } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) add(next)
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (modules.includes(entryPoint ?? '')) add(path)
  return names
}
