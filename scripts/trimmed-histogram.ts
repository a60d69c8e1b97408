import type { Plugin } from 'esbuild'

/**
 * Leaves WebAssembly out of hdr-histogram-js: 39 kB that its histograms in JavaScript, the only ones that certlet makes, never look at. The
 * package starts it when `initWebAssembly` is called, which then fails.
 */
export const trimmedHistogram: Plugin = {
  name: 'trimmed-histogram',
  setup(build) {
    build.onLoad({ filter: /[/\\]hdr-histogram-js[/\\]dist[/\\]wasm[/\\]generated-wasm\.js$/ }, () => ({
      contents: "exports.BINARY = ''",
    }))
  },
}
