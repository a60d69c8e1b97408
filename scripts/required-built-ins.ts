import type { Plugin } from 'esbuild'

const NAMESPACE = 'required'

/** What the bundle calls of node:child_process. To import another by its name is an error of the build. */
const CALLED = ['execSync', 'spawn', 'spawnSync'] as const

/**
 * An `import` of a built-in reads all that it exports, and node:http exports WebSocket: with it all of Node's own undici is loaded. A
 * `require` reads nothing. So the bundle requires these two; and node:child_process, which nearly no command needs, when it is called.
 */
export const requiredBuiltIns: Plugin = {
  name: 'required-built-ins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?(https?|child_process)$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: NAMESPACE } : undefined,
    )
    build.onLoad({ filter: /https?$/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = require('${path}')`,
    }))
    build.onLoad({ filter: /child_process$/, namespace: NAMESPACE }, ({ path }) => {
      const calls = CALLED.map((name) => `export const ${name} = (...given) => require('${path}').${name}(...given)`)
      return { contents: [...calls, `export default { ${CALLED.join(', ')} }`].join('\n') }
    })
  },
}
