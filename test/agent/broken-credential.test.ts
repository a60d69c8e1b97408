import assert from 'node:assert/strict'
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { makePair } from '../support/pair.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

const current = (node: SimulatedNode): string => realpathSync(node.path('pki/kubelet-client-current.pem'))
const rewrite = (path: string, change: (text: string) => string): void => {
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}
const keyAt = (text: string): number => text.search(/-----BEGIN .*PRIVATE KEY/)

/** What may have become of a credential while the daemon did not run, and the words for it. */
const faults: readonly [string, (node: SimulatedNode) => unknown, RegExp][] = [
  [
    'has expired',
    (node) => {
      node.clock.jump(2 * HOUR_MS)
    },
    /expired at 2/,
  ],
  [
    'is empty',
    (node) => {
      rewrite(current(node), () => '')
    },
    /it is empty/,
  ],
  [
    'is cut off in the certificate',
    (node) => {
      rewrite(current(node), (text) => text.slice(0, 300))
    },
    /no certificate/,
  ],
  [
    'is cut off in the key',
    (node) => {
      rewrite(current(node), (text) => text.slice(0, -60))
    },
    /no private key/,
  ],
  [
    'is no PEM',
    (node) => {
      rewrite(current(node), () => 'a certificate\n')
    },
    /no certificate/,
  ],
  [
    'has the key of another pair',
    async (node) => {
      const { privateKeyPem } = await makePair()
      rewrite(current(node), (text) => text.slice(0, keyAt(text)) + privateKeyPem)
    },
    /its key is not that of its certificate/,
  ],
  [
    'is gone, and its link leads nowhere',
    (node) => {
      rmSync(current(node))
    },
    /does not exist/,
  ],
  [
    'has lost its link',
    (node) => {
      rmSync(node.path('pki/kubelet-client-current.pem'))
    },
    /does not exist/,
  ],
  [
    'is another node’s, as the host was renamed',
    (node) => (node.settings = { ...node.settings, identity: nodeIdentity({ osHostname: 'n2' }) }),
    /system:node:n1.*system:node:n2|system:node:n2.*system:node:n1/,
  ],
  ['was made on another machine', (node) => (node.machine = 'b'.repeat(32)), /made on another machine/],
]

describe('a client credential that', () => {
  for (const [title, damage, words] of faults) {
    it(`${title} is said to, stops nothing, and is replaced as soon as there is a token`, async () => {
      await using node = await simulatedNode({ signing: { duration: '1h' } })
      await node.start()
      await node.ready()
      const { serial } = node.report().client.certificate ?? {}
      await node.stop()
      await damage(node)
      await node.start()
      await node.until(({ client }) => client.waiting?.reason === 'no-bootstrap-kubeconfig')
      const { ready, waiting } = node.report().client
      assert.equal(ready, false)
      assert.match(waiting?.sentence ?? '', words)
      assert.match(waiting?.sentence ?? '', /needs a bootstrap kubeconfig, and takes one up as soon as it is there/)
      const sent = node.lab.requests.length
      await node.clock.pass(10 * MINUTE_MS)
      assert.equal(node.lab.requests.length, sent, 'nothing is asked with it')
      node.giveToken()
      await node.until(({ client }) => client.ready, MINUTE_MS)
      assert.notEqual(node.report().client.certificate?.serial, serial)
    })
  }

  it('the API server refuses is asked about ever more seldom without a token, and used again when it is accepted again', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    const { serial } = node.report().client.certificate ?? {}
    let asked = 0
    node.link.instead = (_method, path) => {
      if (path !== REVIEW) return undefined
      asked++
      return { status: 401, body: { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' } }
    }
    await node.until(({ client }) => client.waiting?.reason === 'credential-refused', HOUR_MS)
    assert.equal(node.report().client.ready, false)
    assert.match(node.report().client.waiting?.sentence ?? '', /not accepted.*401.*needs a bootstrap kubeconfig/)
    asked = 0
    await node.clock.pass(2 * HOUR_MS)
    assert.ok(asked > 20 && asked < 200, `${asked} questions in two hours`)
    node.link.instead = () => undefined
    await node.until(({ client }) => client.ready, 10 * MINUTE_MS)
    assert.equal(node.report().client.certificate?.serial, serial)
    assert.equal(node.pairs().length, 1)
  })

  it('the API server refuses is replaced with a token at once, and the old key is not used again', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    const { serial } = node.report().client.certificate ?? {}
    const old = node.read('pki/kubelet-client-current.pem')
    node.link.instead = (_method, path) =>
      path === REVIEW && node.read('pki/kubelet-client-current.pem') === old
        ? { status: 401, body: { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' } }
        : undefined
    await node.until(({ client }) => client.waiting?.reason === 'credential-refused', HOUR_MS)
    node.giveToken()
    await node.until(({ client }) => client.ready, 6 * MINUTE_MS)
    assert.notEqual(node.report().client.certificate?.serial, serial)
    const keyOf = (text: string): string => text.slice(keyAt(text))
    assert.notEqual(keyOf(node.read('pki/kubelet-client-current.pem')), keyOf(old))
  })

  it('is sound stays ready while the API server is out of reach; the proof that is outstanding is said', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    node.link.down = true
    await node.clock.pass(HOUR_MS)
    const { ready, waiting } = node.report().client
    assert.deepEqual([ready, waiting?.reason], [true, 'api-error'])
    node.link.down = false
    await node.until(({ client }) => client.waiting === undefined, 6 * MINUTE_MS)
  })
})
