import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { decide } from '../support/command.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const HOUR_MS = 3_600_000

const waitsFor = (node: SimulatedNode, reason: string): Promise<void> =>
  node.until(({ client }) => client.waiting?.reason === reason)

/** The requests' names: each follows from a key. */
const names = async (node: SimulatedNode): Promise<string[]> =>
  (await node.requests()).map(({ metadata }) => metadata.name)

describe('what a kubelet does not do well', () => {
  it('row 5: a daemon whose credential expires while the API server is away says so, and takes up a token', async () => {
    await using node = await simulatedNode({ signing: { duration: '1h' } })
    await node.start()
    await node.ready()
    node.link.down = true
    await node.clock.pass(2 * HOUR_MS)
    assert.equal(node.report().client.ready, false, 'although it is busy with a rotation')
    node.link.down = false
    node.giveToken()
    await node.clock.pass(6 * 60_000)
    await node.ready()
  }).timeout(60_000)

  it('row 6: the token stays until the API server has accepted the credential', async () => {
    await using node = await simulatedNode({ approve: 'manual' })
    await node.start()
    await waitsFor(node, 'approval')
    assert.ok(existsSync(node.path('etc/bootstrap.conf')))
    const [name = ''] = await names(node)
    await decide(node.lab, name, 'Approved')
    await node.ready()
    assert.ok(!existsSync(node.path('etc/bootstrap.conf')))
  })

  it('row 10: a pending key that cannot be read is replaced', async () => {
    await using node = await simulatedNode()
    mkdirSync(node.path('pki'), { mode: 0o700 })
    writeFileSync(node.path('pki/kubelet-client.key.tmp'), 'no key', { mode: 0o600 })
    await node.start()
    await node.ready()
  })

  for (const signingFault of ['other-key', 'other-name', 'garbage', 'expired'] as const) {
    it(`row 13: a certificate with the fault ${signingFault} is not put in use, and the old one stays`, async () => {
      await using node = await simulatedNode()
      const agent = await node.start()
      await node.ready()
      const before = node.report().client.certificate?.serial
      node.lab.setSigning({ fault: signingFault })
      void agent.rotate('client')
      await waitsFor(node, 'failed')
      const { certificate, ready } = node.report().client
      assert.deepEqual([certificate?.serial, ready], [before, true])
    })
  }

  it('row 15: a certificate that is not valid yet is waited for, not used', async () => {
    await using node = await simulatedNode({ signing: { fault: 'not-yet-valid' } })
    await node.start()
    await waitsFor(node, 'not-yet-valid')
    assert.ok(!existsSync(node.path('etc/kubelet.conf')))
    await node.clock.pass(HOUR_MS)
    await node.ready()
  })

  it('row 17: after expiry it asks with a new key, and so for another object', async () => {
    await using node = await simulatedNode({ signing: { duration: '1h' } })
    await node.start()
    await node.ready()
    const [first = ''] = await names(node)
    await node.stop()
    node.clock.jump(2 * HOUR_MS)
    node.giveToken()
    await node.start()
    await node.ready()
    assert.ok((await names(node)).some((name) => name !== first))
  })

  it('row 18: a request that nobody will approve names the right that is missing', async () => {
    await using node = await simulatedNode({
      kubeadmPolicy: false,
      objects: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'ask' },
          subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:bootstrappers' }],
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-bootstrapper' },
        },
      ],
    })
    await node.start()
    await waitsFor(node, 'approval-not-granted')
    assert.match(node.report().client.waiting?.sentence ?? '', /certificatesigningrequests\/nodeclient.*kubectl create/)
  })

  it('row 19: an approved request that is not signed names the signer', async () => {
    await using node = await simulatedNode({ sign: false })
    await node.start()
    await waitsFor(node, 'signing')
    await node.clock.pass(60_000)
    assert.match(node.report().client.waiting?.sentence ?? '', /--cluster-signing-cert-file/)
  })

  it('row 20: a token that is refused is called so, with what to do', async () => {
    await using node = await simulatedNode()
    const conf = node.lab.bootstrapKubeconfig({ token: 'abcdef.0123456789abcdef' })
    writeFileSync(node.path('etc/bootstrap.conf'), conf, { mode: 0o600 })
    await node.start()
    await waitsFor(node, 'credential-refused')
    assert.match(node.report().client.waiting?.sentence ?? '', /token/)
  })

  it('row 23: the credential is in place within a second of the approval', async () => {
    await using node = await simulatedNode({ approve: 'manual' })
    await node.start()
    await waitsFor(node, 'approval')
    const [name = ''] = await names(node)
    await decide(node.lab, name, 'Approved')
    await node.until(({ client }) => client.ready, 1000)
  })

  it('row 25: there is no kubeconfig before there is a certificate', async () => {
    await using node = await simulatedNode({ approve: 'manual' })
    await node.start()
    await waitsFor(node, 'approval')
    await node.stop()
    assert.ok(!existsSync(node.path('etc/kubelet.conf')))
  })

  it('row 26: the lifetime that was asked for is the certificate’s', async () => {
    await using node = await simulatedNode({}, { expirationSeconds: 3600 })
    await node.start()
    await node.ready()
    const { notAfter } = node.report().client.certificate ?? {}
    assert.ok(notAfter && notAfter.getTime() - node.clock.now().getTime() <= HOUR_MS)
  })

  it('row 30: a machine that slept through its rotation notices within a minute', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    const { rotateAt, serial } = node.report().client.certificate ?? {}
    node.clock.jump((rotateAt?.getTime() ?? 0) - node.clock.now().getTime())
    await node.until(({ client }) => client.certificate?.serial !== serial, 60_000)
    assert.ok(node.lines.some((line) => line.includes('this machine slept')))
  })
})
