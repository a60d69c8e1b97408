import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { EarlyConnections } from '../../src/kube/early-agent.ts'
import { openEarly } from '../../src/cli/open-early.ts'
import type { World } from '../../src/cli/world.ts'
import { certlet, sandbox, type Sandbox, until } from '../support/command.ts'
import { type Listening, listening } from '../support/listening.ts'
import { endTogether } from '../support/proxy.ts'

/** All of the world that is looked at. */
const world = { env: {}, readStdin: () => assert.fail('standard input is read once') } as unknown as World

/** A way to a lab that counts the connections. */
async function counted(node: Sandbox): Promise<Listening & { readonly opened: number }> {
  let opened = 0
  const server = createServer((socket) => {
    opened++
    const upstream = connect(Number(new URL(node.lab.url).port), '127.0.0.1')
    upstream.pipe(socket).pipe(upstream)
    endTogether(socket, upstream)
  })
  const listener = await listening(server)
  const text = node.lab.bootstrapKubeconfig().replace(/server: .*/, `server: https://127.0.0.1:${listener.port}`)
  writeFileSync(node.path('bootstrap.conf'), text, { mode: 0o600 })
  return {
    ...listener,
    get opened() {
      return opened
    },
  }
}

function opened(node: Sandbox, more: object = {}): Promise<EarlyConnections> {
  const files = { kubeconfig: node.path('kubelet.conf'), 'cert-dir': node.path('pki') }
  return openEarly({ 'bootstrap-kubeconfig': node.path('bootstrap.conf'), ...files, ...more }, world)
}

describe('connections of a bootstrap that are opened before its code is loaded', () => {
  it('are two, and ask nothing', async () => {
    await using node = await sandbox()
    await using way = await counted(node)
    using _early = await opened(node)
    await until(() => way.opened === 2, 'two connections')
    assert.equal(node.lab.requests.length, 0)
  })

  const cases: { title: string; flags?: object; prepare?: (node: Sandbox) => void }[] = [
    { title: 'a plan that is only shown', flags: { 'dry-run': true } },
    { title: 'a kubeconfig on standard input', flags: { 'bootstrap-kubeconfig': '-' } },
    { title: 'a kubeconfig that is not there', flags: { 'bootstrap-kubeconfig': '/nonexistent' } },
    {
      title: 'a node that has a kubeconfig',
      prepare: (node) => {
        writeFileSync(node.path('kubelet.conf'), '')
      },
    },
    {
      title: 'a node that has a pair',
      prepare: (node) => {
        mkdirSync(node.path('pki'))
        writeFileSync(node.path('pki/kubelet-client-current.pem'), '')
      },
    },
    ...[
      { title: 'a server behind a proxy', from: /( +)server: /, to: '$1proxy-url: http://127.0.0.1:9\n$1server: ' },
      {
        title: 'a server that is not to be checked',
        from: /certificate-authority-data: .*/,
        to: 'insecure-skip-tls-verify: true',
      },
      { title: 'a server without TLS', from: /https:/, to: 'http:' },
      { title: 'a credential that is no token', from: /token: .*/, to: 'exec: { command: /bin/false }' },
      { title: 'what is no kubeconfig', from: /^/, to: '{' },
    ].map(({ title, from, to }) => ({
      title,
      prepare: (node: Sandbox) => {
        rewrite(node, from, to)
      },
    })),
  ]
  for (const { title, flags, prepare } of cases) {
    it(`are none for ${title}`, async () => {
      await using node = await sandbox()
      await using way = await counted(node)
      prepare?.(node)
      using _early = await opened(node, flags)
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.equal(way.opened, 0)
    })
  }

  it('are trusted no more than others, whatever the environment says', async () => {
    await using node = await sandbox()
    await using other = await sandbox()
    await using _way = await counted(node)
    const caData = Buffer.from(other.lab.caPem).toString('base64')
    rewrite(node, /certificate-authority-data: .*/, `certificate-authority-data: ${caData}`)
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    const { code, stderr } = await certlet(node.flags('--timeout', '5s'), { env })
    assert.equal(code, 5, stderr)
    assert.deepEqual(node.posts(), [])
  })
})

function rewrite(node: Sandbox, from: RegExp, to: string): void {
  const text = readFileSync(node.path('bootstrap.conf'), 'utf8')
  assert.match(text, from)
  writeFileSync(node.path('bootstrap.conf'), text.replace(from, to), { mode: 0o600 })
}
