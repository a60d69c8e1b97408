import assert from 'node:assert/strict'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** How often a request was made on the server: a POST that was answered with 201. */
const created = ({ lab }: SimulatedNode): number =>
  lab.requests.filter(({ method, path, status }) => method === 'POST' && path.startsWith(CSRS) && status === 201).length

const failed = (node: SimulatedNode): Promise<void> =>
  node.until(({ client }) => /^(failed|credential-refused)$/.test(client.waiting?.reason ?? ''))

const serving = { serving: { nodeIps: ['192.0.2.7'], sans: [], machineNetwork: () => ({ interfaces: {} }) } } as const

describe('a certificate that was issued and is of no use', () => {
  for (const fault of ['other-ca', 'other-name'] as const) {
    it(`(${fault}) is not taken up again in a rotation: another one is asked for, with another key`, async () => {
      await using node = await simulatedNode()
      const agent = await node.start()
      await node.ready()
      const { serial } = node.report().client.certificate ?? {}
      node.lab.setSigning({ fault })
      const rotation = agent.rotate('client')
      await failed(node)
      assert.equal((await rotation).kind, 'failed')
      assert.equal(node.report().client.ready, true, 'the old one stays')
      node.lab.setSigning({})
      assert.equal((await rotated(node, () => agent.rotate('client'))).kind, 'rotated')
      assert.notEqual(node.report().client.certificate?.serial, serial)
      assert.equal(created(node), 3)
    })

    it(`(${fault}) is not taken up again at a bootstrap, nor by the run after a restart`, async () => {
      await using node = await simulatedNode({ signing: { fault } })
      await node.start()
      await failed(node)
      await node.stop()
      node.lab.setSigning({})
      await node.start()
      await node.until(({ client }) => client.ready, 2 * MINUTE_MS)
      assert.equal(created(node), 2)
      assert.equal((await node.requests()).length, 2, 'the refused one lies there until the cleaner comes')
    })

    it(`(${fault}) is asked for ever more seldom`, async () => {
      await using node = await simulatedNode({ signing: { fault } })
      await node.start()
      await node.clock.pass(HOUR_MS)
      assert.ok(created(node) > 3 && created(node) <= 20, `${created(node)} requests in the first hour`)
      const first = created(node)
      await node.clock.pass(6 * HOUR_MS)
      assert.ok(created(node) - first <= 40, `${created(node) - first} requests in the six hours after`)
      node.lab.setSigning({})
      await node.until(({ client }) => client.ready, HOUR_MS)
    }).timeout(60_000)
  }

  it('is not taken up again for serving', async () => {
    await using node = await simulatedNode({ approveServing: true }, serving)
    const agent = await node.start()
    await node.ready()
    node.lab.setSigning({ fault: 'missing-san' })
    assert.equal((await rotated(node, () => agent.rotate('serving'))).kind, 'failed')
    node.lab.setSigning({})
    const before = node.report().serving?.certificate?.serial
    assert.equal((await rotated(node, () => agent.rotate('serving'))).kind, 'rotated')
    assert.notEqual(node.report().serving?.certificate?.serial, before)
  })
})

/** Lets time pass until a rotation has come to its end. */
async function rotated<T>(node: SimulatedNode, rotate: () => Promise<T>): Promise<T> {
  let outcome: { value: T } | undefined
  void rotate().then((value) => (outcome = { value }))
  await node.clock.until(() => outcome !== undefined, MINUTE_MS)
  assert.ok(outcome)
  return outcome.value
}
