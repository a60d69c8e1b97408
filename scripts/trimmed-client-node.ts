import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

/*
 * The one place where a package is cut: docs/decisions/0008-start-up.md. @kubernetes/client-node has classes for all of Kubernetes' API,
 * and brings undici, WebSockets and tar; src/ makes some twenty calls, over a wire of its own. In the bundle the package is what src/
 * names, and what that needs. Run from the sources, src/ has the whole package, and its types are always the package's.
 *
 * Nothing is written anew: parts of the package's own files are left out, except for the HTTP library that undici would be needed for.
 */

const SRC = fileURLToPath(new URL('../src', import.meta.url))

/** Where the names are that src/ imports besides the generated APIs, from the package's folder `dist`. Another is an error of the build. */
const EXPORTS: Readonly<Record<string, readonly string[]>> = {
  './config.js': ['KubeConfig', 'bufferFromFileOrString'],
  './gen/configuration.js': ['createConfiguration'],
  './gen/http/http.js': ['ResponseContext', 'wrapHttpLibrary'],
  './gen/rxjsStub.js': ['Observable'],
  './gen/servers.js': ['ServerConfiguration'],
}

/** What KubeConfig does with undici: calls over client-node's own HTTP library. */
const OVER_UNDICI: ReadonlySet<string> = new Set([
  'applySecurityAuthentication',
  'createDispatcher',
  'createDispatcherOptions',
  'makeApiClient',
])

/** Functions that nothing but those needs. */
const FOR_UNDICI: ReadonlySet<string> = new Set(['createSocksConnector', 'getUserAgent'])

const NO_HTTP_LIBRARY = `export class IsomorphicFetchHttpLibrary {
  constructor() {
    throw new Error('The bundle has no HTTP library of client-node: createConfiguration() needs httpApi')
  }
}`

/** Cuts @kubernetes/client-node to what src/ uses. @throws Error when the package's files do not look as they do in its version 2. */
export const trimmedClientNode: Plugin = {
  name: 'trimmed-client-node',
  setup(build) {
    const named = identifiersOf(SRC)
    build.onStart(() => ({
      errors: [...OVER_UNDICI]
        .filter((name) => named.has(name))
        .map((name) => ({ text: `src/ names ${name}(), which scripts/trimmed-client-node.ts cuts from KubeConfig` })),
    }))
    build.onLoad({ filter: /[/\\]@kubernetes[/\\]client-node[/\\]dist[/\\].*\.js$/ }, async ({ path }) => {
      const [, dist = '', file = ''] = /^(.*[/\\]client-node[/\\]dist)[/\\](.*)$/.exec(path) ?? []
      const code = await readFile(path, 'utf8')
      const contents = trimmed(file.replaceAll('\\', '/'), code, new Kept(dist, named))
      return contents === undefined ? undefined : { contents }
    })
  },
}

/** @returns the text of a file of the package; undefined where it stays as it is. */
function trimmed(file: string, code: string, kept: Kept): string | undefined {
  switch (file) {
    case 'index.js':
      return kept.index()
    case 'config.js':
      return imported(withoutMembers(withoutBlocks(code, 'function', FOR_UNDICI), (name) => !OVER_UNDICI.has(name)))
    case 'gen/http/isomorphic-fetch.js':
      return NO_HTTP_LIBRARY
    case 'gen/models/ObjectSerializer.js':
      return kept.serializer(code)
    case 'gen/types/ObjectParamAPI.js':
    case 'gen/types/ObservableAPI.js':
      return imported(kept.calls(kept.classes(code)))
    default:
      return file.startsWith('gen/apis/') ? kept.calls(code) : undefined
  }
}

/** What is left of the generated code: the APIs that are named, their calls that are named, and the types of those. */
class Kept {
  readonly #dist: string
  readonly #named: ReadonlySet<string>

  /** @param named - identifiers of src/. */
  constructor(dist: string, named: ReadonlySet<string>) {
    this.#dist = dist
    this.#named = named
  }

  index(): string {
    const lines = Object.entries(EXPORTS).map(([from, names]) => `export { ${names.join(', ')} } from '${from}'`)
    const apis = this.#apis().map((name) => `Object${name} as ${name}`)
    return [...lines, `export { ${apis.join(', ')} } from './gen/types/ObjectParamAPI.js'`].join('\n')
  }

  classes(code: string): string {
    const apis = new Set(this.#apis())
    return code.replaceAll(block('export class'), (text, name: string) =>
      apis.has(name.replace(/^(Object|Observable)/, '')) ? text : '',
    )
  }

  /** A call is a method in each of four classes, in some of them by a longer name. */
  calls(code: string): string {
    return withoutMembers(code, (name) => this.#named.has(name.replace(/WithHttpInfo$/, '')) || this.#named.has(name))
  }

  serializer(code: string): string {
    const [before, map, after] = split(code, /^let typeMap = \{\n[\s\S]*?^\};\n/m)
    const types = this.#types(new Set([...map.matchAll(TYPE)].map(([, name = '']) => name)))
    const cut = map.replaceAll(TYPE, (line, name: string) => (types.has(name) ? line : ''))
    return imported(before.replaceAll(/^export \* from .*\n/gm, '') + cut + after)
  }

  #apis(): string[] {
    const names = [...this.#read('gen/index.js').matchAll(/\bObject\w+ as (\w+)/g)].map(([, name = '']) => name)
    return names.filter((name) => this.#named.has(name))
  }

  /** Names of the models that the calls send and are answered with, and of those inside them. @param known - names of all models. */
  #types(known: ReadonlySet<string>): ReadonlySet<string> {
    const types = new Set<string>()
    const add = (type: string): void => {
      for (const [name] of type.matchAll(/\w+/g)) {
        if (types.has(name) || !known.has(name)) continue
        types.add(name)
        for (const [, inner = ''] of this.#read(`gen/models/${name}.js`).matchAll(/"type": "(.+)"/g)) add(inner)
      }
    }
    for (const api of this.#apis()) {
      const code = this.calls(this.#read(`gen/apis/${api}.js`))
      for (const [, type = ''] of code.matchAll(/ObjectSerializer\.(?:de)?serialize\(.*, "(.+)", ".*"\)/g)) add(type)
    }
    return types
  }

  #read(file: string): string {
    return readFileSync(join(this.#dist, file), 'utf8')
  }
}

/** A line of the serializer's map of types. */
const TYPE = /^ {4}"(\w+)": \w+,\n/gm

/** Every word of the sources: more than their identifiers, and none of these is missing. */
function identifiersOf(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
  return new Set(files.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/\b[A-Za-z_]\w*/g) ?? []))
}

/** A class or function as the TypeScript compiler writes it, at the beginning of a line. */
function block(keyword: string): RegExp {
  return new RegExp(`^${keyword} (\\w+)\\b.*\\{\\n[\\s\\S]*?^\\}\\n`, 'gm')
}

function withoutBlocks(code: string, keyword: string, names: ReadonlySet<string>): string {
  const left = new Set(names)
  const result = code.replaceAll(block(keyword), (text, name: string) => (left.delete(name) ? '' : text))
  if (left.size > 0) throw new Error(`@kubernetes/client-node has no ${keyword} ${[...left].join(', ')} to cut`)
  return result
}

/** Cuts methods of all classes of a file. */
function withoutMembers(code: string, keep: (name: string) => boolean): string {
  return code.replaceAll(/^ {4}(?:static )?(?:async )?(\w+)\(.*\) \{\n[\s\S]*?^ {4}\}\n/gm, (text, name: string) =>
    name === 'constructor' || keep(name) ? text : '',
  )
}

/** Cuts imports of which no name is left in the code. */
function imported(code: string): string {
  const used = new Set(code.replaceAll(IMPORT, '').match(/\b[A-Za-z_$][\w$]*/g))
  return code.replaceAll(IMPORT, (text, names: string) => {
    // The last word of `Agent as UndiciAgent` and of `* as yaml`.
    const locals = names.split(/[{},]/).flatMap((one) => one.match(/\w+(?=\s*$)/)?.[0] ?? [])
    return locals.some((one) => used.has(one)) ? text : ''
  })
}

const IMPORT = /^import ([^'"]+) from ['"].*\n/gm

/** A text before, in and after what a pattern finds. */
function split(code: string, pattern: RegExp): [before: string, found: string, after: string] {
  const found = pattern.exec(code)
  if (!found) throw new Error(`@kubernetes/client-node's code has no ${pattern.source}`)
  return [code.slice(0, found.index), found[0], code.slice(found.index + found[0].length)]
}
