import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { startLab } from '../../src/lab/index.ts'
import { decide } from '../support/command.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const HOUR_MS = 3_600_000
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** How often a request was made on the server: a POST that was answered with 201. */
const created = ({ lab }: SimulatedNode): number =>
  lab.requests.filter(({ method, path, status }) => method === 'POST' && path.startsWith(CSRS) && status === 201).length

describe('requests of the daemon', () => {
  it('row 1: a day of denial makes one object at a time, and none before the denied one is gone', async () => {
    await using node = await simulatedNode({ approve: 'deny' })
    await node.start()
    await node.until(({ client }) => client.waiting?.reason === 'denied')
    await node.clock.pass(50 * 60_000)
    assert.equal(created(node), 1, 'the denied object lies there for an hour')
    await node.clock.pass(23 * HOUR_MS)
    assert.equal((await node.requests()).length, 1, 'one is alive')
    assert.ok(created(node) <= 24, `${created(node)} objects in a day; a kubelet makes about 2700`)
    assert.ok(created(node) > 5, 'it does try again')
  }).timeout(60_000)

  it('row 2: a day of pending makes one object', async () => {
    await using node = await simulatedNode({ approve: 'manual' })
    await node.start()
    await node.until(({ client }) => client.waiting?.reason === 'approval')
    await node.clock.pass(23 * HOUR_MS)
    assert.equal(created(node), 1, 'a kubelet makes 92')
    const [request] = await node.requests()
    await decide(node.lab, request?.metadata.name ?? '', 'Approved')
    await node.ready()
  }).timeout(60_000)

  it('row 3: a restart finds the pending request again', async () => {
    await using node = await simulatedNode({ approve: 'manual' })
    await node.start()
    await node.until(({ client }) => client.request !== undefined)
    await node.stop()
    await node.start()
    await node.until(({ client }) => client.request !== undefined)
    assert.equal(created(node), 1)
  })

  it('makes another request with a new key when somebody asks after a denial', async () => {
    await using node = await simulatedNode({ approve: 'manual' })
    const agent = await node.start()
    await node.until(({ client }) => client.request !== undefined)
    const [first] = await node.requests()
    await decide(node.lab, first?.metadata.name ?? '', 'Denied')
    await node.until(({ client }) => client.waiting?.reason === 'denied')
    void agent.rotate('client')
    await node.until(({ client }) => client.request?.name !== first?.metadata.name)
    assert.equal((await node.requests()).length, 2)
  })
})

describe('a credential that does not work', () => {
  it('row 4: says what is needed when it has expired without a token, and takes a token up when it comes', async () => {
    await using node = await simulatedNode({ signing: { duration: '1h' } })
    await node.start()
    await node.ready()
    await node.stop()
    await node.clock.pass(2 * HOUR_MS)
    await node.start()
    await node.until(({ client }) => client.waiting?.reason === 'no-bootstrap-kubeconfig')
    assert.match(node.report().client.waiting?.sentence ?? '', /expired at .*bootstrap kubeconfig/)
    assert.ok(node.report().client.certificate, 'the expired one is still reported')
    node.giveToken()
    await node.clock.pass(60_000)
    await node.ready()
  })

  it('row 9: starts with a truncated current pair, and replaces it', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    await node.stop()
    writeFileSync(node.path('pki/kubelet-client-current.pem'), '')
    node.giveToken()
    await node.start()
    await node.ready()
    assert.equal((await node.requests()).length, 2)
  })

  it('row 16: does not use the keys of a copied disk', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    const { serial } = node.report().client.certificate ?? {}
    await node.stop()
    node.machine = 'b'.repeat(32)
    await node.start()
    await node.until(({ client }) => client.waiting?.reason === 'no-bootstrap-kubeconfig')
    assert.match(node.report().client.waiting?.sentence ?? '', /another machine/)
    node.giveToken()
    await node.clock.pass(60_000)
    await node.ready()
    assert.notEqual(node.report().client.certificate?.serial, serial)
  })

  it('row 14: asks anew when the cluster was rebuilt with another CA, and takes its CA into the kubeconfig', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    await using rebuilt = await startLab({ clock: node.clock })
    node.lab = rebuilt
    await node.stop()
    await node.start()
    await node.clock.pass(60_000)
    assert.equal(node.report().client.ready, false)
    node.giveToken()
    await node.clock.pass(6 * 60_000)
    await node.ready()
    assert.ok(node.read('etc/kubelet.conf').includes(rebuilt.url))
    assert.equal((await node.requests()).length, 1)
  })

  it('row 14: a renamed host asks for a credential of its new name', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    await node.stop()
    node.settings = {
      ...node.settings,
      identity: { ...node.settings.identity, nodeName: 'n2', commonName: 'system:node:n2' },
    }
    node.giveToken()
    await node.start()
    await node.ready()
    assert.match(node.report().client.certificate?.subject ?? '', /system:node:n2/)
  })

  it('notices within a minute that the pair in use is gone', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    rmSync(node.path('pki/kubelet-client-current.pem'))
    await node.until(({ client }) => client.waiting?.reason === 'no-bootstrap-kubeconfig', 180_000)
    assert.ok(!node.report().client.ready)
  })
})

describe('a serving credential', () => {
  it('waits for the client credential, then has the names that were given', async () => {
    const serving = { nodeIps: ['192.0.2.7'], sans: ['n1.example'], machineNetwork: () => ({ interfaces: {} }) }
    await using node = await simulatedNode({ approveServing: true }, { serving })
    await node.start()
    await node.ready()
    assert.deepEqual(node.report().serving?.certificate?.names, ['n1', 'n1.example', '192.0.2.7'])
  })

  it('row 21: says that the node has no address', async () => {
    const serving = { nodeIps: [], sans: [], machineNetwork: () => ({ interfaces: {} }) }
    await using node = await simulatedNode({ approveServing: true }, { serving })
    await node.start()
    await node.until(({ serving: report }) => report?.waiting?.reason === 'no-address')
    assert.ok(node.report().client.ready)
    assert.ok(readFileSync(node.path('pki/kubelet-client-current.pem'), 'utf8').includes('CERTIFICATE'))
  })
})
