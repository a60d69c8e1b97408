import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as plain from '@kubernetes/client-node'
import { build } from 'esbuild'
import { bundleOptions } from '../../scripts/bundle-options.ts'
import { makePair } from '../support/pair.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const require = createRequire(import.meta.url)

type Client = typeof plain
type Methods = Record<string, (...given: unknown[]) => unknown>
type Class = (new (...given: unknown[]) => Methods) & { readonly prototype: Methods }

/** A model as the generated code describes it. */
interface Model {
  readonly attributeTypeMap: readonly { readonly baseName: string; readonly type: string }[]
}

/** What the generated code is made of, whole: where it is asked what a call takes and gives. */
interface Generated {
  /** Text of a method of a class. */
  textOf(name: string, method: string): string
  /** As the API server writes it, with all that may be in it. @param type - in the words of the generated code */
  wireForm(type: string): unknown
  /** The same as the caller has it. */
  callerForm(type: string): unknown
}

describe('client-node, cut to what src/ uses', function () {
  this.timeout(60_000)
  let folder = ''
  let cut: Client
  let generated: Generated

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'certlet-trimmed-'))
    cut = await bundled('cut', "export * from '@kubernetes/client-node'")
    generated = await untouched(apisOf(cut))
  })
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** What a module exports, out of a bundle as it ships. */
  async function bundled(name: string, contents: string): Promise<Client> {
    const { options } = await bundleOptions()
    const outfile = join(folder, `${name}.cjs`)
    const stdin = { contents, resolveDir: root }
    await build({ ...options, stdin, inject: [], outfile, format: 'cjs', logLevel: 'silent' })
    return require(outfile) as Client
  }

  it('exports only what the package has', () => {
    const names = Object.keys(cut)
    assert.ok(names.includes('KubeConfig') && names.includes('CertificatesV1Api'))
    for (const name of names) assert.equal(typeof cut[name as keyof Client], typeof plain[name as keyof Client], name)
  })

  it('comes without undici, WebSockets and tar', async () => {
    const { options } = await bundleOptions()
    const stdin = { contents: "export * from '@kubernetes/client-node'", resolveDir: root }
    const { metafile } = await build({ ...options, stdin, write: false, metafile: true, format: 'cjs' })
    const packages = Object.keys(metafile.inputs).map((input) => /node_modules\/((@[^/]+\/)?[^/]+)/.exec(input)?.[1])
    assert.ok(packages.includes('@kubernetes/client-node') && packages.includes('hpagent'))
    for (const name of ['undici', 'ws', 'isomorphic-ws', 'tar-fs', 'stream-buffers'])
      assert.ok(!packages.includes(name), name)
  })

  it('does not build where something is imported that was cut, which is named', async () => {
    const built = bundled('loadYaml', "export { loadYaml } from '@kubernetes/client-node'")
    await assert.rejects(built, /No matching export in .* for import "loadYaml"/)
  })

  it('makes no configuration that would need undici', () => {
    assert.throws(() => cut.createConfiguration({}), /createConfiguration\(\) needs httpApi/)
  })

  it('makes the same requests of the same calls, and the same of the answers and refusals', async () => {
    const apis = apisOf(cut)
    let calls = 0
    for (const api of apis) {
      const { prototype } = cut[api as keyof Client] as unknown as Class
      for (const method of Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor')) {
        calls++
        for (const status of [200, 201, 202, 401, 403, 500])
          assert.deepEqual(
            await outcome(cut, { api, method, status }),
            await outcome(plain, { api, method, status }),
            `${api}.${method}() that is answered with ${status}`,
          )
      }
    }
    assert.ok(apis.length > 4 && calls > 20, `${apis.length} APIs, ${calls} calls`)
  })

  /** What is sent for a call with all that it may be given, and what comes of the answer. */
  async function outcome(client: Client, call: { api: string; method: string; status: number }): Promise<unknown> {
    const sent: unknown[] = []
    const [base] = call.method.split('WithHttpInfo')
    const answer = JSON.stringify(
      generated.wireForm(
        /deserialize\([^;]*, "(.+)", ".*"\)/.exec(
          generated.textOf(`${call.api}ResponseProcessor`, `${base}WithHttpInfo`),
        )?.[1] ?? 'any',
      ),
    )
    const configuration = client.createConfiguration({
      baseServer: new client.ServerConfiguration('https://server.test:6443/under', {}),
      httpApi: client.wrapHttpLibrary({
        send: (context) => {
          sent.push([context.getHttpMethod(), context.getUrl(), context.getHeaders(), context.getBody()])
          const body = {
            text: () => Promise.resolve(answer),
            binary: () => Promise.resolve(Buffer.from(answer)),
            stream: () => null,
          }
          return Promise.resolve(new client.ResponseContext(call.status, { 'content-type': 'application/json' }, body))
        },
      }),
    })
    const made = new (client[call.api as keyof Client] as unknown as Class)(configuration)
    const type = /serialize\(body, "(.+)", ".*"\)/.exec(generated.textOf(`${call.api}RequestFactory`, base ?? ''))?.[1]
    const taken = generated.textOf(`Object${call.api}`, call.method).matchAll(/\bparam\.(\w+)/g)
    const given = [...taken].map(([, name = '']) => [
      name,
      name === 'body' ? generated.callerForm(type ?? 'any') : name,
    ])
    try {
      return [sent, plainly(await made[call.method]?.(Object.fromEntries(given)))]
    } catch (error) {
      const { code, body, headers, message } = error as plain.ApiException<unknown>
      assert.ok(call.status >= 400, message)
      return [sent, { code, body, headers, message }]
    }
  }

  describe('its KubeConfig', () => {
    const nodeScript = (script: string): object => ({ command: process.execPath, args: ['-e', script] })
    const credential = (status: object): object =>
      nodeScript(`console.log(process.env.GIVEN ? JSON.stringify({ status: ${JSON.stringify(status)} }) : '')`)
    const plugin = (status: object): object => ({ ...credential(status), env: [{ name: 'GIVEN', value: '1' }] })
    const provider = (name: string, config: object): object => ({ 'auth-provider': { name, config } })
    const helper = {
      'cmd-path': process.execPath,
      'cmd-args': `-p "JSON.stringify({ of: [{ token: 'from-helper', until: '2999-01-01T00:00:00Z' }] })"`,
      'token-key': '{.of[0].token}',
      'expiry-key': '{.of[0].until}',
    }
    const issuer = 'https://127.0.0.1:1'
    const expired = { 'id-token': idToken(1), 'client-id': 'c', 'refresh-token': 'r', 'idp-issuer-url': issuer }
    const users: Readonly<Record<string, object>> = {
      nobody: {},
      'a token': { token: 'a-token' },
      'a token in a file': provider('', { tokenFile: 'TOKEN_FILE' }),
      'a token in a file that is not there': provider('', { tokenFile: '/not/there' }),
      'a token-file': { 'token-file': 'TOKEN_FILE' },
      'a password': { username: 'me', password: 'secret' },
      'a pair': { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5' },
      'a pair in files': { 'client-certificate': 'pair.pem', 'client-key': 'pair.pem' },
      'a pair in files that are not there': { 'client-certificate': '/not/there', 'client-key': '/not/there' },
      'somebody else’s rights': { token: 'a-token', as: 'somebody' },
      'a plugin’s token': { exec: plugin({ token: 'from-plugin', expirationTimestamp: '2999-01-01T00:00:00Z' }) },
      'a plugin’s pair': { exec: plugin({ clientCertificateData: 'cert', clientKeyData: 'key' }) },
      'a plugin that says nothing': { exec: credential({}) },
      'a plugin that fails': { exec: nodeScript("console.error('no'); process.exit(3)") },
      'a plugin that is not there': { exec: { command: '/not/there' } },
      'a plugin by the older name': provider('exec', { exec: plugin({ token: 'from-plugin' }) }),
      'a helper of Google’s cloud': provider('gcp', helper),
      'a helper of Azure’s': provider('azure', helper),
      'a helper that is not needed yet': provider('gcp', { 'access-token': 'still-good' }),
      'an identity provider’s token': provider('oidc', { 'id-token': idToken(4_000_000_000) }),
      // client-node 2.0.1 asks nobody: it gives the URL as a text, which openid-client does not take.
      'an identity provider’s token that has expired': provider('oidc', expired),
      'an identity provider with a CA of its own': provider('oidc', {
        ...expired,
        'idp-certificate-authority-data': 'Y2E=',
      }),
    }
    const clusters: Readonly<Record<string, object>> = {
      'a CA': { server: 'https://server.test:6443', 'certificate-authority-data': 'Y2E=' },
      'a CA in a file, and another name': {
        server: 'https://server.test',
        'certificate-authority': 'pair.pem',
        'tls-server-name': 'other',
      },
      'no verification': { server: 'https://server.test', 'insecure-skip-tls-verify': true },
      'no TLS': { server: 'http://server.test', 'insecure-skip-tls-verify': true },
      'no TLS, which was not allowed': { server: 'http://server.test' },
      'a proxy': { server: 'https://server.test', 'proxy-url': 'http://proxy.test:3128' },
      'a proxy by TLS, without TLS behind it': { server: 'http://server.test', 'proxy-url': 'https://proxy.test:3128' },
      'a SOCKS proxy': { server: 'https://server.test', 'proxy-url': 'socks5://me:secret@127.0.0.1:1080' },
      'a scheme that nobody knows': { server: 'gopher://server.test', 'proxy-url': 'http://proxy.test' },
    }

    before(async () => {
      const { certificatePem, privateKeyPem } = await makePair()
      writeFileSync(join(folder, 'pair.pem'), certificatePem + privateKeyPem)
      writeFileSync(join(folder, 'token'), 'from-file\n')
    })

    const documentOf = (cluster: object | undefined, user: object | undefined): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'n' } }],
        'current-context': 'x',
      }).replaceAll('TOKEN_FILE', join(folder, 'token'))

    for (const [title, user] of Object.entries(users))
      it(`authenticates alike: ${title}`, () => assertSame(documentOf(clusters['a CA'], user)))

    for (const [title, cluster] of Object.entries(clusters))
      it(`connects alike: ${title}`, () => assertSame(documentOf(cluster, users['a pair'])))

    for (const [title, document] of [
      ['nothing', '{}'],
      ['no YAML', 'a: b: c'],
      ['a cluster without a server', documentOf({}, {})],
      ['no cluster', documentOf(undefined, {})],
      ['clusters that are no list', '{clusters: 1, users: 2, contexts: 3, current-context: x}'],
      ['YAML', 'clusters: [{name: c, cluster: {server: "https://s/"}}]\ncurrent-context: 1\n'],
    ] as const)
      it(`reads alike: ${title}`, () => assertSame(document))

    async function assertSame(document: string): Promise<void> {
      assert.deepEqual(await applied(cut, document), await applied(plain, document))
    }

    /** All that comes of a kubeconfig, up to the agent of a connection. */
    async function applied(client: Client, document: string): Promise<unknown> {
      const config = new client.KubeConfig()
      const options: { agent?: unknown } = {}
      let error: unknown
      try {
        config.loadFromString(document)
        config.makePathsAbsolute(folder)
        await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0])
      } catch (thrown) {
        const { name, message, code, cause } = thrown as NodeJS.ErrnoException
        error = [name, message, code, String(cause)]
      }
      const { caFile } = config.getCurrentCluster() ?? {}
      const ca = error === undefined && client.bufferFromFileOrString(caFile, undefined)
      const agent = JSON.parse(JSON.stringify(options.agent ?? null)) as unknown
      return plainly([config.exportConfig(), { ...options, agent }, error, ca])
    }
  })
})

/** Names of the generated APIs. */
function apisOf(client: Client): string[] {
  return Object.keys(client).filter((name) => name.endsWith('Api'))
}

/** An ID token that nobody has signed. @param exp - seconds since 1970 */
function idToken(exp: number): string {
  const parts = [{ alg: 'RS256' }, { exp }].map((part) => JSON.stringify(part))
  return [...parts, 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')
}

/** Without the classes that it is of: those of two bundles are not the same. */
function plainly(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('httpStatusCode' in value)) return structuredClone(value)
  const { httpStatusCode, headers, data } = value as unknown as plain.HttpInfo<unknown>
  return structuredClone({ httpStatusCode, headers, data })
}

async function untouched(apis: readonly string[]): Promise<Generated> {
  const load = (file: string): Promise<object> =>
    import(`@kubernetes/client-node/dist/gen/${file}.js`) as Promise<object>
  const { ObjectSerializer } = (await load('models/ObjectSerializer')) as { ObjectSerializer: Methods }
  const modules = await Promise.all([load('types/ObjectParamAPI'), ...apis.map((name) => load(`apis/${name}`))])
  const classes = Object.assign({}, ...modules) as Record<string, Class>
  const models = plain as unknown as Record<string, Model>
  const wireForm = (type: string, within: readonly string[] = []): unknown => {
    const [, inner] = /^Array<(.+)>$/.exec(type) ?? /^\{ \[key: string\]: (.+); \}$/.exec(type) ?? []
    if (inner !== undefined) {
      const one = wireForm(inner, within)
      return type.startsWith('Array') ? [one, one] : { one, other: one }
    }
    if (type === 'Date') return '2026-11-27T01:02:03.456Z'
    const map = models[type]?.attributeTypeMap
    if (!map || within.includes(type)) return { number: 7, boolean: true }[type] ?? `a ${type}`
    const known = map.map(({ baseName, type: of }) => [baseName, wireForm(of, [...within, type])])
    return Object.fromEntries([...known, ['unknown', 'dropped by whoever knows the type']]) as unknown
  }
  return {
    textOf: (name, method) => classes[name]?.prototype[method]?.toString() ?? '',
    wireForm,
    callerForm: (type) => ObjectSerializer.deserialize?.(wireForm(type), type, ''),
  }
}
