import { dirname, relative, resolve } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * What stands in the bundle for a package until it is first used, by the name that it is imported by.
 *
 * - string-width measures the columns of yargs' help. Loading it makes an Intl.Segmenter and a pattern with \p{RGI_Emoji}, out of ICU's
 *   data: more than a tenth of a start of the lab.
 * - protobufjs is for the few requests that are in protobuf.
 * - js-yaml is for a configuration file and for kubeconfigs that are read. What is exported here is what src/ imports; another name is an
 *   error of the build.
 */
const STAND_INS: Readonly<Record<string, (original: string) => string>> = {
  'string-width': (original) => `export default (...given) => ${original}.default(...given)`,
  'protobufjs/minimal.js': (original) => `export default new Proxy({}, { get: (_, name) => ${original}[name] })`,
  'js-yaml': (original) => `
    ${['dump', 'getScalarValue', 'load', 'loadAll', 'parseEvents']
      .map((name) => `export const ${name} = (...given) => ${original}.${name}(...given);`)
      .join('\n')}
    export const EVENT_ID = new Proxy({}, { get: (_, name) => ${original}.EVENT_ID[name] });
    export const YAMLException = { [Symbol.hasInstance]: (value) => value instanceof ${original}.YAMLException };`,
}

/** Where the stand-ins are: their paths are those of what they stand for. */
export const LATE = 'late'

/** Marks the look-up of the package itself. */
const ORIGINAL = Symbol('original')

/** Packages that are imported at a start and rarely used are evaluated at their first use. They themselves are bundled unchanged. */
export const latePackages: Plugin = {
  name: 'late-packages',
  setup(build) {
    const root = build.initialOptions.absWorkingDir ?? process.cwd()
    build.onResolve({ filter: /^(js-yaml|string-width|protobufjs\/minimal\.js)$/ }, async (asked) => {
      const { importer, kind, resolveDir, path: name } = asked
      // esbuild evaluates what is required when it is required.
      if (asked.pluginData === ORIGINAL || kind === 'require-call') return undefined
      const { path, errors } = await build.resolve(name, { importer, kind, resolveDir, pluginData: ORIGINAL })
      const standIn = STAND_INS[name]?.(`require(${JSON.stringify(path)})`)
      if (errors.length > 0) return { errors }
      // Relative: esbuild names and orders modules by it, and the bundle must be the same wherever it is made.
      return { path: relative(root, path), namespace: LATE, pluginData: standIn }
    })
    build.onLoad({ filter: /./, namespace: LATE }, ({ path, pluginData }) => ({
      contents: pluginData as string,
      resolveDir: dirname(resolve(root, path)),
    }))
  },
}
