import { brotliCompressSync, constants } from 'node:zlib'

/**
 * Source of a module that exports a value which is large and rarely asked for: compressed, a third to a quarter of the program's text.
 * @param exported - how the module exports it, where `value` stands for the value.
 */
export function packedModule(value: unknown, exported: string): string {
  const text = Buffer.from(JSON.stringify(value))
  const packed = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })
  return `import { brotliDecompressSync } from 'node:zlib'
const value = JSON.parse(brotliDecompressSync(Buffer.from('${packed.toString('base64')}', 'base64')).toString())
${exported}`
}
