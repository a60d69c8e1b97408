import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import * as untouched from 'hdr-histogram-js'
import { bundleOptions } from '../../scripts/bundle-options.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The package as it is in the bundle, and the text of it. */
async function bundled(): Promise<{ trimmed: typeof untouched; code: string }> {
  const { options } = await bundleOptions()
  const names = 'build, decodeFromCompressedBase64, encodeIntoCompressedBase64'
  const stdin = { contents: `export { ${names} } from 'hdr-histogram-js'`, resolveDir: root }
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" }
  const { outputFiles } = await build({ ...options, stdin, banner, write: false, format: 'esm' })
  const code = outputFiles[0]?.text ?? ''
  const url = `data:text/javascript,${encodeURIComponent(code)}`
  return { trimmed: (await import(url)) as typeof untouched, code }
}

/** What a histogram of some values tells, and one that went over the wire and took in another. */
function told({ build: make, decodeFromCompressedBase64, encodeIntoCompressedBase64 }: typeof untouched): unknown {
  const range = { lowestDiscernibleValue: 1, highestTrackableValue: 86_400_000_000, autoResize: false } as const
  const [one, other] = [make({ ...range, numberOfSignificantValueDigits: 3 }), make({ ...range })]
  for (let value = 1; value < 1e10; value = value * 3 + 1) one.recordValue(value)
  for (let value = 7; value < 1e8; value = value * 2 + 5) other.recordValue(value)
  const encoded = encodeIntoCompressedBase64(one)
  const decoded = decodeFromCompressedBase64(encoded)
  decoded.add(decodeFromCompressedBase64(encodeIntoCompressedBase64(other)))
  const percentiles = [0, 50, 90, 99, 99.9, 100].map((percentile) => decoded.getValueAtPercentile(percentile))
  return { encoded, percentiles, count: decoded.totalCount, mean: decoded.mean, longest: decoded.maxValue }
}

describe('hdr-histogram-js in the bundle', () => {
  it('counts, encodes, decodes and adds as the untouched package does', async () => {
    assert.deepEqual(told((await bundled()).trimmed), told(untouched))
  })

  it('has no WebAssembly, which nothing in src/ asks for', async () => {
    const binary = /exports\.BINARY = "([^"]+)"/.exec(
      readFileSync(`${root}node_modules/hdr-histogram-js/dist/wasm/generated-wasm.js`, 'utf8'),
    )?.[1]
    assert.ok(binary !== undefined && binary.length > 30_000, 'the package has it, by that name')
    assert.ok(!(await bundled()).code.includes(binary.slice(0, 100)))
    assert.doesNotMatch(readFileSync(`${root}src/fleet/latencies.ts`, 'utf8'), /webassembly/i)
  })
})
