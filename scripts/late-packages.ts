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
 * - openid-client, jsonpath-plus and socks-proxy-agent are for kubeconfigs with an identity provider, a cloud's helper or a SOCKS proxy.
 *
 * @param original - an expression: the package, evaluated the first time. @param imported - a promise of it.
 */
const STAND_INS: Readonly<Record<string, (original: string, imported: string) => string>> = {
  'string-width': (original) => `export default (...given) => ${original}.default(...given)`,
  'protobufjs/minimal.js': (original) => `export default new Proxy({}, { get: (_, name) => ${original}[name] })`,
  'js-yaml': (original) => `
    ${['dump', 'getScalarValue', 'load', 'loadAll', 'parseEvents']
      .map((name) => `export const ${name} = (...given) => ${original}.${name}(...given);`)
      .join('\n')}
    export const EVENT_ID = new Proxy({}, { get: (_, name) => ${original}.EVENT_ID[name] });
    export const YAMLException = { [Symbol.hasInstance]: (value) => value instanceof ${original}.YAMLException };`,
  // Its calls may wait, so it is a file of its own.
  'openid-client': (_, imported) => `
    export const customFetch = Symbol('customFetch')
    export const refreshTokenGrant = async (...given) => (await ${imported}).refreshTokenGrant(...given)
    export const discovery = async (server, id, metadata, authentication, options) => {
      const original = await ${imported}
      const same = options && { ...options, [original.customFetch]: options[customFetch] }
      return original.discovery(server, id, metadata, authentication, same)
    }`,
  'jsonpath-plus': (original) => `export const JSONPath = (...given) => ${original}.JSONPath(...given)`,
  'socks-proxy-agent': (original) => `
    export const SocksProxyAgent = function (...given) {
      const { default: { SocksProxyAgent } = ${original} } = ${original}
      return new SocksProxyAgent(...given)
    }`,
}

/** Those that are a part of their own where there are parts (program/parts.ts): nearly no node ever loads them. */
const APART: ReadonlySet<string> = new Set(['jsonpath-plus', 'socks-proxy-agent'])

/** Stands for a `require` of a part, for which esbuild has no words: it splits at an `import` alone. */
export const APART_MARK = '__partOf'

/** Where the stand-ins are: their paths are those of what they stand for. */
export const LATE = 'late'

/** Marks the look-up of the package itself. */
const ORIGINAL = Symbol('original')

/**
 * Packages that are imported at a start and rarely used are evaluated at their first use. They themselves are bundled unchanged; where the
 * bundle is split, some of them are parts of their own.
 */
export const latePackages: Plugin = {
  name: 'late-packages',
  setup(build) {
    const inParts = build.initialOptions.splitting === true
    const root = build.initialOptions.absWorkingDir ?? process.cwd()
    const names = Object.keys(STAND_INS).map((name) => name.replaceAll('.', '\\.'))
    build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, async (asked) => {
      const { importer, kind, resolveDir, path: name } = asked
      // esbuild evaluates what is required when it is required.
      if (asked.pluginData === ORIGINAL || kind === 'require-call') return undefined
      const { path, errors } = await build.resolve(name, { importer, kind, resolveDir, pluginData: ORIGINAL })
      const file = JSON.stringify(path)
      const imported = `import(${file})`
      const standIn = STAND_INS[name]?.(
        inParts && APART.has(name) ? `${APART_MARK}(${imported})` : `require(${file})`,
        imported,
      )
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
