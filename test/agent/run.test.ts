import assert from 'node:assert/strict'
import { existsSync, readlinkSync } from 'node:fs'
import { simulatedNode } from '../support/node.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('the daemon', () => {
  it('bootstraps, says that it is ready, and removes the token', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    const { client } = node.report()
    assert.equal(client.certificate?.subject, 'O=system:nodes, CN=system:node:n1')
    assert.equal(client.waiting, undefined)
    assert.ok(!existsSync(node.path('etc/bootstrap.conf')))
    assert.ok(!existsSync(node.path('pki/kubelet-client.key.tmp')))
  })

  it('rotates at the drawn moment, with its own credential, and keeps the previous pair', async () => {
    await using node = await simulatedNode({ signing: { duration: '24h' } })
    await node.start()
    await node.ready()
    const first = node.report().client.certificate
    assert.ok(first)
    const lifetime = first.notAfter.getTime() - first.notBefore.getTime()
    const share = (first.rotateAt.getTime() - first.notBefore.getTime()) / lifetime
    assert.ok(share >= 0.7 && share < 0.9, `at ${share} of its lifetime`)
    await node.clock.pass(first.rotateAt.getTime() - node.clock.now().getTime() - 60_000)
    assert.equal(node.report().client.certificate?.serial, first.serial, 'not before')
    await node.clock.pass(120_000)
    const second = node.report().client.certificate
    assert.notEqual(second?.serial, first.serial)
    assert.ok(node.report().client.ready)
    const requests = await node.requests()
    assert.equal(requests.at(-1)?.spec['username'], 'system:node:n1')
    await node.clock.pass(DAY_MS)
    assert.equal(node.pairs().length, 2)
  }).timeout(30_000)

  it('goes on with a credential that only a wrong clock, for a moment, took for expired', async () => {
    await using node = await simulatedNode()
    const agent = await node.start()
    await node.ready()
    await node.clock.pass(70_000)
    node.clock.jump(400 * DAY_MS)
    const rotation = agent.rotate('client')
    await node.until(({ client }) => client.waiting?.reason === 'no-bootstrap-kubeconfig', 1_000)
    node.clock.jump(-400 * DAY_MS) // before anybody has looked how far it went
    assert.equal((await rotation).kind, 'failed')
    await node.clock.pass(120_000)
    assert.ok(node.report().client.ready)
    assert.equal(node.report().client.waiting, undefined)
  })

  it('finds the same moment again after a restart', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    const { rotateAt } = node.report().client.certificate ?? {}
    await node.stop()
    await node.start()
    await node.ready()
    assert.deepEqual(node.report().client.certificate?.rotateAt, rotateAt)
    assert.equal((await node.requests()).length, 1)
    assert.ok(readlinkSync(node.path('pki/kubelet-client-current.pem')).startsWith(node.path('pki')))
  })
})
