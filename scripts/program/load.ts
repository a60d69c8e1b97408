import { Script } from 'node:vm'
import { interpretOnly } from './interpret-only.ts'
import { HOT } from './names.ts'

/** What a part is: a CommonJS module without a file. */
type Part = (module: { exports: unknown }, require: (name: string) => unknown) => void

/**
 * Loads the program. Parts that a node runs are in one script, which V8 has a code cache for; the others are read when they are asked for.
 * @param read - the bytes of a file of the program; undefined if there is none.
 * @param cacheRefused - called where V8 does not take the cache, which is made for one V8: it then compiles what it needs.
 * @returns `require`, of parts and of built-ins.
 */
export function loaderOf(
  read: (file: string) => Buffer | undefined,
  cacheRefused: () => void = () => undefined,
): (name: string) => unknown {
  const evaluate = (file: string, cachedData?: Buffer): unknown => {
    const source = read(file)
    if (source === undefined) throw new Error(`There is no part ${file}`)
    const script = new Script(source.toString('latin1'), { filename: file, ...(cachedData && { cachedData }) })
    if (script.cachedDataRejected) cacheRefused()
    // Flags are V8's own affair: they are set where it is the one that the program was built and tried with.
    else if (cachedData) interpretOnly(process.argv[2])
    return script.runInThisContext()
  }
  const hot = evaluate(HOT, read(`${HOT}.cache`)) as Readonly<Record<string, Part>>
  const loaded = new Map<string, { exports: unknown }>()
  const load = (name: string): unknown => {
    if (!name.startsWith('./')) return builtIn(name)
    const known = loaded.get(name)
    if (known) return known.exports
    const file = name.slice(2)
    const part = hot[file] ?? (evaluate(file) as Part)
    const module = { exports: {} }
    loaded.set(name, module)
    part(module, load)
    return module.exports
  }
  return load
}

function builtIn(name: string): unknown {
  const found = process.getBuiltinModule(name) as unknown
  if (found === undefined) throw new Error(`There is no module ${name}`)
  return found
}
