// What the one file begins with: the program is among its assets. What a node does not run is compressed.
import { getAssetKeys, getRawAsset } from 'node:sea'
import { loaderOf } from './load.ts'

const keys = new Set(getAssetKeys())

function asset(key: string): Buffer | undefined {
  return keys.has(key) ? Buffer.from(getRawAsset(key)) : undefined
}

function read(file: string): Buffer | undefined {
  const packed = asset(`${file}.br`)
  // Loaded where it is needed: not on a node.
  return packed ? process.getBuiltinModule('node:zlib').brotliDecompressSync(packed) : asset(file)
}

const load = loaderOf(read, () => {
  process.emitWarning('the code cache is refused')
})

void (load('./cli.js') as { start: (process: NodeJS.Process) => Promise<void> }).start(process)
