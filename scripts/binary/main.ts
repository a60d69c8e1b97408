// What the one file begins with: its parts are CommonJS modules among its assets. Those of a node's commands are there as they are, with
// V8's code cache; the others are compressed.
import { getAssetKeys, getRawAsset } from 'node:sea'
import { Script } from 'node:vm'

/** What a part is a function of. */
type Part = (module: { exports: unknown }, require: (name: string) => unknown) => void

const keys = new Set(getAssetKeys())
const loaded = new Map<string, { exports: unknown }>()

function load(name: string): unknown {
  const file = name.replace(/^\.\//, '')
  const known = loaded.get(file)
  if (known) return known.exports
  const source = sourceOf(file)
  if (source === undefined) return builtIn(file)
  const module = { exports: {} }
  loaded.set(file, module)
  const cachedData = asset(`${file}.cache`)
  const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) })
  if (script.cachedDataRejected) process.emitWarning(`the code cache of ${file} is refused`)
  ;(script.runInThisContext() as Part)(module, load)
  return module.exports
}

function sourceOf(file: string): string | undefined {
  const packed = asset(`${file}.br`)
  // Loaded where it is needed: not on a node.
  const text = packed ? process.getBuiltinModule('node:zlib').brotliDecompressSync(packed) : asset(file)
  return text?.toString('latin1')
}

function builtIn(name: string): unknown {
  const found = process.getBuiltinModule(name) as unknown
  if (found === undefined) throw new Error(`There is no module ${name}`)
  return found
}

function asset(key: string): Buffer | undefined {
  return keys.has(key) ? Buffer.from(getRawAsset(key)) : undefined
}

void (load('./cli.js') as { start: (process: NodeJS.Process) => Promise<void> }).start(process)
