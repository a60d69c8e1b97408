import { basename } from 'node:path'
import { build, type BuildOptions, type Metafile, transform } from 'esbuild'
import type { Common } from '../bundle-options.ts'
import { APART_MARK } from '../late-packages.ts'
import { HOT } from './names.ts'

/** The command line in parts: one is loaded when it is asked for, and all of them share what they have in common. */
export interface Program {
  /** The files that the loader reads (load.ts), by name. */
  readonly files: ReadonlyMap<string, string>
  /** What went into them. */
  readonly metafiles: readonly Metafile[]
}

/** What a node runs: `certlet bootstrap` and `certlet run`. */
const HOT_MODULES = [
  'src/cli/start.ts',
  'src/cli/open-early.ts',
  'src/cli/run-bootstrap.ts',
  'src/cli/run-daemon.ts',
  'src/service/collect-garbage.ts',
]

/** Bundles the command line, in which nothing but parts and built-ins is left to be required. */
export async function programParts({ options, page }: Common): Promise<Program> {
  const { outputFiles, metafile } = await build({
    ...options,
    write: false,
    metafile: true,
    entryPoints: { cli: 'src/cli/start.ts' },
    outdir: 'dist',
    splitting: true,
    format: 'esm',
  })
  const parts = await Promise.all(
    outputFiles.map(async ({ path, text }) => [basename(path), await asFunction(text, options)] as const),
  )
  const hot = reachable(metafile, HOT_MODULES)
  const members = parts.filter(([name]) => hot.has(name)).map(([name, text]) => `${JSON.stringify(name)}:${text}`)
  const cold = parts.filter(([name]) => !hot.has(name))
  return { files: new Map([[HOT, `({${members.join(',\n')}})`], ...cold]), metafiles: [metafile, page] }
}

const APART_IMPORT = new RegExp(`${APART_MARK}\\(import\\(("[^"]+")\\)\\)`, 'g')

/** esbuild splits ES modules alone; their loader takes more time than all that a bootstrap does. */
async function asFunction(text: string, { target }: BuildOptions): Promise<string> {
  const { code } = await transform(text.replace(APART_IMPORT, 'require($1)'), {
    format: 'cjs',
    minify: true,
    platform: 'node',
    ...(target !== undefined && { target }),
    supported: { 'dynamic-import': false },
    // Packages make a `require` of their own from it; there is no file.
    define: { 'import.meta.url': '__programUrl' },
  })
  const url = code.includes('__programUrl')
    ? "const __programUrl=require('node:url').pathToFileURL(process.execPath).href;"
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
