import type { Plugin } from 'esbuild'

const NAMESPACE = 'required'

/**
 * An `import` of a built-in reads all that it exports, and node:http exports WebSocket: with it all of Node's own undici is loaded. A
 * `require` reads nothing. So the bundle requires these two.
 */
export const requiredBuiltIns: Plugin = {
  name: 'required-built-ins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?https?$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: NAMESPACE } : undefined,
    )
    build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = require('${path}')`,
    }))
  },
}
