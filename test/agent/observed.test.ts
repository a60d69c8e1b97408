import assert from 'node:assert/strict'
import type { AgentEvent } from '../../src/agent/report.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const phases = ({ events }: SimulatedNode, purpose: 'client' | 'serving'): string[] =>
  events
    .filter((event): event is Extract<AgentEvent, { kind: 'phase' }> => event.kind === 'phase')
    .filter((event) => event.purpose === purpose)
    .map(({ phase }) => phase)

describe('what a running agent tells of', () => {
  it('is each phase of a try, once', async () => {
    const serving = { nodeIps: ['192.0.2.7'], sans: [], machineNetwork: () => ({ interfaces: {} }) }
    await using node = await simulatedNode({ approveServing: true }, { serving })
    const agent = await node.start()
    await node.ready()
    assert.deepEqual(phases(node, 'client'), ['request', 'approval', 'signing', 'commit', 'proof'])
    assert.deepEqual(phases(node, 'serving'), ['request', 'approval', 'signing', 'commit'])
    node.events.length = 0
    const rotation = agent.rotate('client')
    await node.until(() => node.events.some(({ kind }) => kind === 'rotated'))
    assert.equal((await rotation).kind, 'rotated')
    // A rotation proves the new pair before it puts it in the old one's place.
    assert.deepEqual(phases(node, 'client'), ['request', 'approval', 'signing', 'proof', 'commit'])
  })

  it('is how far the clocks are apart, and a warning once while that is more than a minute', async () => {
    const said = (node: SimulatedNode): number =>
      node.lines.filter((line) => /clock and the API server/.test(line)).length
    await using node = await simulatedNode()
    node.link.skewMs = -1500
    await node.start()
    await node.ready()
    assert.equal(node.report().clockSkewMs, -1000)
    assert.equal(said(node), 0)
    node.link.skewMs = 90_000
    await node.clock.pass(3 * 3_600_000)
    assert.equal(node.report().clockSkewMs, 90_000)
    assert.equal(said(node), 1)
    node.link.skewMs = 0
    await node.clock.pass(3_600_000)
    assert.equal(node.report().clockSkewMs, 0)
  })
})
