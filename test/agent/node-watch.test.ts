import assert from 'node:assert/strict'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const NODE = '/api/v1/nodes/n1'
const object = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  status: { addresses: [{ type: 'InternalIP', address: '192.0.2.7' }] },
}
const serving = { nodeIps: [], sans: [], machineNetwork: () => ({ interfaces: {} }) }

/** A node whose serving request waits for an approver. */
async function waitingNode(): Promise<SimulatedNode> {
  const node = await simulatedNode({ objects: [object] }, { serving })
  await node.start()
  await node.until(({ serving: report }) => report?.request !== undefined)
  return node
}

async function writeStatus({ lab }: SimulatedNode, change: object): Promise<void> {
  const { body } = await lab.admin('GET', NODE)
  const { status, ...rest } = body as { status: object }
  const written = await lab.admin('PUT', `${NODE}/status`, { ...rest, status: { ...status, ...change } })
  assert.equal(written.status, 200)
}

const submissions = ({ lab }: SimulatedNode): number =>
  lab.requests.filter(({ method, resource }) => method === 'POST' && resource === 'certificatesigningrequests').length

describe('the Node object, followed for the serving certificate', () => {
  it('does not disturb a request that waits when it is written with the same addresses', async () => {
    await using node = await waitingNode()
    await node.clock.pass(60_000) // within which the end of the bootstrap kubeconfig is noticed
    const before = submissions(node)
    for (let beat = 0; beat < 5; beat++) {
      const lastHeartbeatTime = new Date(node.clock.now().getTime()).toISOString().replace(/\.\d+Z$/, 'Z')
      await writeStatus(node, { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] })
      await node.clock.pass(10_000)
    }
    assert.equal(submissions(node), before)
  })

  it('leads to a certificate with the new address when that changes', async () => {
    await using node = await waitingNode()
    node.lab.setApproval({ rules: [{ verdict: 'approve' }] })
    await node.ready()
    assert.deepEqual(node.report().serving?.certificate?.names, ['192.0.2.7'])
    await writeStatus(node, { addresses: [{ type: 'InternalIP', address: '192.0.2.8' }] })
    await node.until(({ serving: report }) => report?.certificate?.names[0] === '192.0.2.8')
  })
})
