import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { holds } from '../../src/kubeconfig/ca-bundle.ts'
import { readClientKubeconfig } from '../../src/kubeconfig/client-kubeconfig.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'
import { caReader } from '../support/ca-reader.ts'
import { makePair } from '../support/pair.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const HOUR_MS = 3_600_000
const ROOT_CA = '/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt'
const BUNDLES = '/apis/certificates.k8s.io/v1beta1/clustertrustbundles'
const SIGNER = 'kubernetes.io/kube-apiserver-serving'

const fromConfigMap = { refreshCa: { kind: 'configmap', namespace: 'kube-system' } } as const
const fromBundles = { refreshCa: { kind: 'trust-bundle' } } as const

const grant = caReader('kube-system')

/** The CA bundle in the node's kubeconfig. */
const trusted = (node: SimulatedNode): string => {
  const read = readClientKubeconfig(node.path('etc/kubelet.conf'))
  return read.kind === 'readable' ? (read.server.caPem ?? '') : ''
}
const trusts = (node: SimulatedNode, pem: string): boolean => trusted(node) !== '' && holds(trusted(node), pem)
const newAuthority = async ({ clock }: SimulatedNode): Promise<string> =>
  (await createAuthority('kubernetes', clock.now())).certificatePem

async function publish(lab: Lab, pem: string): Promise<void> {
  const { body } = await lab.admin('GET', ROOT_CA)
  assert.equal((await lab.admin('PUT', ROOT_CA, { ...(body as object), data: { 'ca.crt': pem } })).status, 200)
}
const publishBundle = async ({ link }: SimulatedNode, pem: string): Promise<void> => {
  const items = [{ metadata: {}, spec: { signerName: SIGNER, trustBundle: pem } }]
  await Promise.resolve()
  link.instead = (_method, path) => (path.startsWith(BUNDLES) ? { status: 200, body: { items } } : undefined)
}
const warned = ({ lines }: SimulatedNode, what: RegExp): number => lines.filter((line) => what.test(line)).length

describe('a CA that the cluster publishes', () => {
  for (const { title, settings, change } of [
    {
      title: 'in kube-root-ca.crt',
      settings: fromConfigMap,
      change: (node: SimulatedNode, pem: string) => publish(node.lab, pem),
    },
    {
      title: 'in ClusterTrustBundles',
      settings: fromBundles,
      change: publishBundle,
    },
  ]) {
    it(`${title} is added to the old one, and replaces it when that is no longer published`, async () => {
      await using node = await simulatedNode({ objects: grant }, settings)
      await node.start()
      await node.ready()
      const fresh = await newAuthority(node)
      await change(node, node.lab.caPem + fresh)
      await node.clock.until(() => trusts(node, fresh), HOUR_MS)
      assert.ok(trusts(node, node.lab.caPem), 'the old one stays')
      await change(node, node.lab.caPem)
      await node.clock.until(() => !trusts(node, fresh), HOUR_MS)
      assert.ok(trusts(node, node.lab.caPem))
      assert.ok(node.report().client.ready)
      assert.equal(warned(node, /WARN/i), 0)
    })
  }

  it('alone does not lock the node out while the API server has a certificate of the old one', async () => {
    await using node = await simulatedNode({ objects: grant }, fromConfigMap)
    await node.start()
    await node.ready()
    const fresh = await newAuthority(node)
    await publish(node.lab, fresh)
    await node.clock.pass(4 * HOUR_MS)
    assert.ok(trusts(node, node.lab.caPem) && trusts(node, fresh))
    assert.ok(node.report().client.ready)
    assert.equal(node.report().client.waiting, undefined)
  })

  for (const [title, bad] of [
    ['empty', () => Promise.resolve('')],
    ['not PEM', () => Promise.resolve('ca')],
    ['no CA', async () => (await makePair()).certificatePem],
  ] as const) {
    it(`is not taken when it is ${title}, and that is said once`, async () => {
      await using node = await simulatedNode({ objects: grant }, fromConfigMap)
      await node.start()
      await node.ready()
      const before = node.read('etc/kubelet.conf')
      await publish(node.lab, await bad())
      await node.clock.pass(4 * HOUR_MS)
      assert.equal(node.read('etc/kubelet.conf'), before)
      assert.equal(warned(node, /kube-root-ca\.crt/), 1)
      assert.ok(node.report().client.ready)
    })
  }

  it('that the node may not read is said with the line that grants it', async () => {
    await using node = await simulatedNode({}, fromConfigMap)
    await node.start()
    await node.ready()
    await node.clock.pass(2 * HOUR_MS)
    assert.equal(warned(node, /may not read ConfigMap kube-system\/kube-root-ca\.crt.*kubectl create role/), 1)
  })

  it('that the cluster does not have is said with what to do', async () => {
    await using node = await simulatedNode({}, fromBundles)
    await node.start()
    await node.ready()
    await node.clock.pass(HOUR_MS)
    assert.equal(warned(node, /ClusterTrustBundles.*--refresh-ca configmap/), 1)
  })

  for (const { title, change, words } of [
    {
      title: 'a CA file, which somebody else keeps',
      change: (text: string) => text.replace(/certificate-authority-data: .*/, 'certificate-authority: ../ca.crt'),
      words: /names the file .*ca\.crt/,
    },
    {
      title: 'no proof of the server',
      change: (text: string) => text.replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true'),
      words: /insecure-skip-tls-verify/,
    },
  ]) {
    it(`is left alone where the kubeconfig has ${title}`, async () => {
      await using node = await simulatedNode({ objects: grant }, fromConfigMap)
      await node.start()
      await node.ready()
      await node.stop()
      writeFileSync(node.path('ca.crt'), node.lab.caPem)
      const text = change(node.read('etc/kubelet.conf'))
      writeFileSync(node.path('etc/kubelet.conf'), text)
      await publish(node.lab, node.lab.caPem + (await newAuthority(node)))
      await node.start()
      await node.ready()
      await node.clock.pass(HOUR_MS)
      assert.equal(node.read('etc/kubelet.conf'), text)
      assert.equal(warned(node, words), 1)
    })
  }

  it('is looked at after a rotation too, not without being told to, and not undone by a bootstrap kubeconfig that stays', async () => {
    await using node = await simulatedNode({ objects: grant }, { ...fromConfigMap, keepBootstrapKubeconfig: true })
    const agent = await node.start()
    await node.ready()
    const fresh = await newAuthority(node)
    await publish(node.lab, node.lab.caPem + fresh)
    const rotation = agent.rotate('client')
    await node.clock.until(() => trusts(node, fresh), 60_000)
    assert.equal((await rotation).kind, 'rotated')
    await node.clock.pass(3 * HOUR_MS)
    assert.ok(trusts(node, fresh))
    await node.stop()
    const { refreshCa: _, ...without } = node.settings
    node.settings = without
    await node.start()
    await node.clock.pass(HOUR_MS)
    assert.ok(!trusts(node, fresh), 'what the operator gives counts')
  })
})

describe('a CA that an operator gives', () => {
  it('in --ca-file is taken into the kubeconfig once the API server is proven by it, and not before', async () => {
    await using node = await simulatedNode()
    node.settings = { ...node.settings, caFile: node.path('ca.crt') }
    await node.start()
    await node.ready()
    assert.equal(warned(node, /the CA of the kubeconfig stays.*does not exist/), 1, 'a missing file holds up nothing')
    const other = await newAuthority(node)
    writeFileSync(node.path('ca.crt'), other)
    await node.clock.pass(2 * 60_000)
    assert.ok(!trusts(node, other), 'the API server is not known by it')
    assert.ok(node.report().client.ready)
    writeFileSync(node.path('ca.crt'), node.lab.caPem + other)
    await node.clock.until(() => trusts(node, other), 2 * 60_000)
    assert.ok(node.report().client.ready)
  })

  it('in a file that the kubeconfig names is noticed, and proven; one that is half written is waited for', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    writeFileSync(node.path('ca.crt'), node.lab.caPem)
    const named = node
      .read('etc/kubelet.conf')
      .replace(/certificate-authority-data: .*/, 'certificate-authority: ../ca.crt')
    writeFileSync(node.path('etc/kubelet.conf'), named)
    await node.clock.pass(2 * 60_000)
    writeFileSync(node.path('ca.crt'), node.lab.caPem.slice(0, 40))
    await node.until(({ client }) => client.waiting?.reason === 'disk-error', 2 * 60_000)
    assert.match(node.report().client.waiting?.sentence ?? '', /ca\.crt.*put the API server’s CA there again/)
    assert.ok(node.report().client.ready, 'nothing is wrong with the credential')
    await using rebuilt = await startLab({ clock: node.clock })
    writeFileSync(node.path('ca.crt'), rebuilt.caPem + node.lab.caPem)
    await node.until(({ client }) => client.waiting === undefined, 2 * 60_000)
    assert.ok(node.read('etc/kubelet.conf').includes('../ca.crt'), 'the kubeconfig still names the file')
    assert.equal(node.pairs().length, 1)
    assert.ok(warned(node, /trusts another CA/) > 0)
  })
})
