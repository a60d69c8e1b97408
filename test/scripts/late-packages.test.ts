import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Agent } from 'node:http'
import { build, type Plugin } from 'esbuild'
import type * as yaml from 'js-yaml'
import type * as jsonpath from 'jsonpath-plus'
import type * as openid from 'openid-client'
import type protobuf from 'protobufjs/minimal.js'
import { latePackages } from '../../scripts/late-packages.ts'

type Library = typeof protobuf

const TEXTS = [
  '',
  'plain',
  'node’s',
  '節点',
  'é',
  'e\u0301',
  '👩‍👩‍👧',
  '🇨🇭',
  '1️⃣',
  '각',
  '\u001B[31mred\u001B[39m …',
  'ﾊﾞ',
  'a\u200Bb\t',
]

const require = createRequire(import.meta.url)

/** Whose packages some of them are. */
const CLIENT = '@kubernetes/client-node'

describe('packages that the bundle evaluates late', () => {
  const { Segmenter } = Intl
  afterEach(() => Object.assign(Intl, { Segmenter }))

  /** @returns how many were made since. */
  function countSegmenters(): () => number {
    let made = 0
    const Counted = class extends Segmenter {
      constructor() {
        super()
        made += 1
      }
    }
    Object.assign(Intl, { Segmenter: Counted })
    return () => made
  }

  /** The default export of a package, bundled as a module of `user` gets it. */
  async function bundled(name: string, user: string, plugins: Plugin[], what = 'export { default }'): Promise<unknown> {
    const { outputFiles } = await build({
      write: false,
      // For packages that ask for built-ins by require.
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
      stdin: { contents: `${what} from '${name}'`, resolveDir: dirname(require.resolve(user)) },
      ...{ format: 'esm', platform: 'node', mainFields: ['module', 'main'], bundle: true, plugins },
    })
    const code = `${outputFiles[0]?.text ?? ''}\n// ${user}`
    return ((await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { default: unknown }).default
  }

  // They may have a version each.
  for (const user of ['yargs', 'cliui']) {
    it(`are the same to their users: string-width of ${user}, which makes nothing of ICU before`, async () => {
      const made = countSegmenters()
      const plain = (await bundled('string-width', user, [])) as (text: string) => number
      assert.equal(made(), 1)
      const late = (await bundled('string-width', user, [latePackages])) as typeof plain
      assert.equal(made(), 1)
      const widths = TEXTS.map((text) => late(text))
      assert.equal(made(), 2)
      assert.deepEqual(
        widths,
        TEXTS.map((text) => plain(text)),
      )
    })
  }

  it('are the same to their users: js-yaml', async () => {
    const texts = ['a: 1', '- x\n- {y: &a z, w: *a}', 'a: b: c', '"', 'a: !!js/function x', '---\na: 1\n---\nb: 2', '']
    const told = async (plugins: Plugin[]): Promise<unknown> => {
      const library = await bundled('js-yaml', 'js-yaml', plugins, 'export * as default')
      const { dump, EVENT_ID, getScalarValue, load, loadAll, parseEvents, YAMLException } = library as typeof yaml
      const attempt = (work: () => unknown): unknown => {
        try {
          return work()
        } catch (error) {
          return [error instanceof YAMLException, (error as Error).message]
        }
      }
      return texts.map((text) => [
        attempt(() => load(text)),
        attempt(() => dump(load(text))),
        attempt(() => loadAll(text)),
        attempt(() =>
          parseEvents(text, {}).map((event) => [event, event.type === EVENT_ID.SCALAR && getScalarValue(text, event)]),
        ),
        {} instanceof YAMLException,
      ])
    }
    assert.deepEqual(await told([latePackages]), await told([]))
  })

  it('are the same to their users: protobufjs', async () => {
    const [plain, late] = (await Promise.all(
      [[], [latePackages]].map((plugins) => bundled('protobufjs/minimal.js', 'protobufjs/minimal.js', plugins)),
    )) as [Library, Library]
    const written = (library: Library): Uint8Array =>
      library.Writer.create().uint32(10).string('節点').uint32(16).int64(-1).finish()
    const bytes = written(late)
    assert.deepEqual(bytes, written(plain))
    const reader = late.Reader.create(bytes)
    assert.deepEqual([reader.uint32(), reader.string()], [10, '節点'])
    for (const name of Object.keys(plain))
      assert.equal(typeof late[name as keyof Library], typeof plain[name as keyof Library])
  })

  it('are the same to their users: jsonpath-plus', async () => {
    const json = { credential: { token: 't', until: ['a', 'b'] } }
    const told = async (plugins: Plugin[]): Promise<unknown> => {
      const { JSONPath } = (await bundled('jsonpath-plus', CLIENT, plugins, 'export * as default')) as typeof jsonpath
      return ['$.credential.token', '$..until[1]', '$.no'].map((path) => JSONPath<unknown>({ path, json }))
    }
    assert.deepEqual(await told([latePackages]), await told([]))
  })

  it('are the same to their users: socks-proxy-agent', async () => {
    const told = async (plugins: Plugin[]): Promise<unknown> => {
      const library = await bundled('socks-proxy-agent', CLIENT, plugins, 'export * as default')
      const { SocksProxyAgent } = library as { SocksProxyAgent: new (url: string, options: object) => Agent }
      const agents = ['socks5://me:secret@127.0.0.1:1', 'socks4://127.0.0.1'].map((url) => {
        const agent = new SocksProxyAgent(url, { keepAlive: true })
        assert.ok(agent instanceof Agent)
        return JSON.stringify(agent)
      })
      assert.throws(() => new SocksProxyAgent('http://127.0.0.1', {}), /A "socks" protocol must be specified/)
      return agents
    }
    assert.deepEqual(await told([latePackages]), await told([]))
  })

  it('are the same to their users: openid-client, which is told how to fetch by a symbol of its own', async () => {
    const told = async (plugins: Plugin[]): Promise<unknown> => {
      const library = await bundled('openid-client', CLIENT, plugins, 'export * as default')
      const { customFetch, discovery, refreshTokenGrant } = library as typeof openid
      const asked: unknown[] = []
      const fetch = (url: string, { method, body }: { method: string; body?: unknown }): Promise<Response> => {
        asked.push([url, method, String(body)])
        const known = { issuer: 'https://issuer.test', token_endpoint: 'https://issuer.test/token' }
        const token = { access_token: 'new', token_type: 'bearer', expires_in: 60 }
        return Promise.resolve(Response.json(method === 'GET' ? known : token))
      }
      const at = new URL('https://issuer.test')
      const configuration = await discovery(at, 'client', undefined, undefined, { [customFetch]: fetch })
      const { access_token } = await refreshTokenGrant(configuration, 'refresh')
      const refused = await discovery('text' as never, 'client').catch(String)
      return [access_token, asked, refused]
    }
    const plain = await told([])
    assert.match(JSON.stringify(plain), /^\["new",/)
    assert.deepEqual(await told([latePackages]), plain)
  })
})
