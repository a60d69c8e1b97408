import assert from 'node:assert/strict'
import type { ServingSettings } from '../../src/agent/settings.ts'
import { decide } from '../support/command.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const NODE = '/api/v1/nodes/n1'
const MINUTE_MS = 60_000

const noInterfaces: ServingSettings['machineNetwork'] = () => ({ interfaces: {} })
/** Names come from the Node object. */
const serving: ServingSettings = { nodeIps: [], sans: [], machineNetwork: noInterfaces }

/** Makes the Node object, as a kubelet does, or gives it other addresses. */
async function setAddresses({ lab }: SimulatedNode, ...ips: string[]): Promise<void> {
  const made = await lab.admin('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })
  assert.ok([201, 409].includes(made.status))
  const { body } = await lab.admin('GET', NODE)
  const addresses = [{ type: 'Hostname', address: 'n1' }, ...ips.map((address) => ({ type: 'InternalIP', address }))]
  const status = ips.length === 0 ? {} : { addresses }
  assert.equal((await lab.admin('PUT', `${NODE}/status`, { ...(body as object), status })).status, 200)
}

const names = (node: SimulatedNode): string => node.report().serving?.certificate?.names.join(' ') ?? ''
const servingRequests = async (node: SimulatedNode): Promise<string[]> =>
  (await node.requests())
    .filter(({ spec }) => spec['signerName'] === 'kubernetes.io/kubelet-serving')
    .map(({ metadata }) => metadata.name)

describe('names of the serving certificate', () => {
  it('are the Node’s; one more is asked for as soon as the Node has it, and one that has gone is no reason', async () => {
    await using node = await simulatedNode({ approveServing: true }, { serving })
    await setAddresses(node, '192.0.2.7')
    await node.start()
    await node.ready()
    assert.equal(names(node), 'n1 192.0.2.7')
    const { serial } = node.report().client.certificate ?? {}
    await setAddresses(node, '192.0.2.8')
    await node.until(() => names(node) === 'n1 192.0.2.8', MINUTE_MS)
    await setAddresses(node, '192.0.2.8', '2001:db8::8')
    await node.until(() => names(node) === 'n1 192.0.2.8 2001:db8::8', MINUTE_MS)
    await setAddresses(node, '192.0.2.8')
    await node.clock.pass(10 * MINUTE_MS)
    assert.equal(names(node), 'n1 192.0.2.8 2001:db8::8')
    assert.equal((await servingRequests(node)).length, 3)
    assert.equal(node.report().client.certificate?.serial, serial, 'the client’s is left alone')
    assert.equal(node.pairs('kubelet-server').length, 2)
  })

  it('that have gone are dropped with --drop-stale-sans', async () => {
    await using node = await simulatedNode({ approveServing: true }, { serving, dropStaleSans: true })
    await setAddresses(node, '192.0.2.7', '192.0.2.8')
    await node.start()
    await node.ready()
    assert.equal(names(node), 'n1 192.0.2.7 192.0.2.8')
    await setAddresses(node, '192.0.2.8')
    await node.until(() => names(node) === 'n1 192.0.2.8', MINUTE_MS)
    assert.ok(node.lines.some((line) => line.includes('192.0.2.7 is no longer wanted')))
  })

  it('are waited for, and that is said, while neither Node nor machine has an address', async () => {
    await using node = await simulatedNode({ approveServing: true }, { serving })
    await setAddresses(node)
    await node.start()
    await node.until(({ serving: report }) => report?.waiting?.reason === 'no-address')
    await node.clock.pass(60 * MINUTE_MS)
    assert.equal((await servingRequests(node)).length, 0)
    assert.equal(node.lines.filter((line) => line.includes('reason=no-address')).length, 1, 'it is said once')
    await setAddresses(node, '192.0.2.7')
    await node.until(() => names(node) === 'n1 192.0.2.7', MINUTE_MS)
    assert.equal(node.report().serving?.waiting, undefined)
  })

  it('are the machine’s, looked at each minute, while there is no Node', async () => {
    let address = '192.0.2.7'
    const interfaces: ReturnType<ServingSettings['machineNetwork']>['interfaces'] = {
      get eth0() {
        const netmask = '255.255.255.0'
        return [{ address, netmask, family: 'IPv4' as const, mac: '', internal: false, cidr: `${address}/24` }]
      },
    }
    await using node = await simulatedNode(
      { approveServing: true },
      { serving: { ...serving, machineNetwork: () => ({ interfaces }) } },
    )
    await node.start()
    await node.ready()
    assert.equal(names(node), 'n1 192.0.2.7')
    address = '192.0.2.9'
    await node.until(() => names(node) === 'n1 192.0.2.9', 2 * MINUTE_MS)
  })

  it('that flags ask for and the certificate lacks are requested at the start; the old one stays in use meanwhile', async () => {
    const given = { ...serving, nodeIps: ['192.0.2.7'] }
    await using node = await simulatedNode({ approveServing: true }, { serving: given })
    await node.start()
    await node.ready()
    await node.stop()
    node.lab.setApproval({ mode: 'auto', rules: [] })
    node.settings = { ...node.settings, serving: { ...given, sans: ['n1.example'] } }
    await node.start()
    await node.until(({ serving: report }) => report?.waiting?.reason === 'approval')
    assert.equal(names(node), 'n1 192.0.2.7')
    assert.ok(node.report().serving?.ready)
    await decide(node.lab, node.report().serving?.request?.name ?? '', 'Approved')
    await node.until(() => names(node) === 'n1 n1.example 192.0.2.7')
  })

  it('that change while a request waits are asked for after it, never by a second one beside it', async () => {
    await using node = await simulatedNode({}, { serving })
    await setAddresses(node, '192.0.2.7')
    await node.start()
    await node.until(({ serving: report }) => report?.request !== undefined)
    await setAddresses(node, '192.0.2.8')
    await node.clock.pass(10 * MINUTE_MS)
    const [first = '', ...more] = await servingRequests(node)
    assert.deepEqual(more, [])
    await decide(node.lab, first, 'Approved')
    await node.until(() => names(node) === 'n1 192.0.2.7')
    await node.until(({ serving: report }) => report?.request !== undefined)
    const second = (await servingRequests(node)).find((name) => name !== first)
    await decide(node.lab, second ?? '', 'Approved')
    await node.until(() => names(node) === 'n1 192.0.2.8')
  })
})
