import assert from 'node:assert/strict'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import { type Reply, sendAsAdmin } from '../../support/lab-client.ts'

type Json = Record<string, unknown>

describe('namespaces of the lab', () => {
  let lab: Lab
  before(async () => {
    lab = await startLab({ approve: 'none' })
  })
  after(() => lab.close())

  const ask = (method: string, path: string, body?: unknown): Promise<Reply> =>
    sendAsAdmin(lab, method, path, body === undefined ? {} : { body })
  const secret = { metadata: { name: 'one' }, stringData: { a: 'b' } }

  it('are those of a new cluster, active and labelled', async () => {
    const { body } = await ask('GET', '/api/v1/namespaces')
    const names = (body['items'] as Json[]).map((item) => (item['metadata'] as Json)['name'])
    assert.deepEqual(names, ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
    const one = await ask('GET', '/api/v1/namespaces/kube-system')
    assert.equal(one.status, 200)
    assert.deepEqual(one.body['status'], { phase: 'Active' })
    assert.deepEqual(one.body['spec'], { finalizers: ['kubernetes'] })
    assert.deepEqual((one.body['metadata'] as Json)['labels'], { 'kubernetes.io/metadata.name': 'kube-system' })
  })

  it('must be there before anything is in them', async () => {
    const answer = await ask('POST', '/api/v1/namespaces/nowhere/secrets', secret)
    assert.equal(answer.status, 404)
    assert.equal(answer.body['message'], 'namespaces "nowhere" not found')
    assert.deepEqual(answer.body['details'], { name: 'nowhere', kind: 'namespaces' })
  })

  it('go with what is in them', async () => {
    assert.equal((await ask('POST', '/api/v1/namespaces', { metadata: { name: 'team' } })).status, 201)
    assert.equal((await ask('POST', '/api/v1/namespaces/team/secrets', secret)).status, 201)
    assert.equal((await ask('DELETE', '/api/v1/namespaces/team')).status, 200)
    assert.equal((await ask('GET', '/api/v1/namespaces/team')).status, 404)
    assert.equal((await ask('GET', '/api/v1/namespaces/team/secrets/one')).status, 404)
  })

  it('that the cluster needs stay', async () => {
    const answer = await ask('DELETE', '/api/v1/namespaces/kube-system')
    assert.equal(answer.status, 403)
    assert.equal(answer.body['message'], 'namespaces "kube-system" is forbidden: this namespace may not be deleted')
    assert.equal((await ask('DELETE', '/api/v1/namespaces')).status, 405)
  })

  it('that given objects need are made', async () => {
    const objects = [{ apiVersion: 'v1', kind: 'Secret', ...secret, metadata: { name: 'one', namespace: 'given' } }]
    await using other = await startLab({ approve: 'none', objects })
    assert.equal((await sendAsAdmin(other, 'GET', '/api/v1/namespaces/given')).status, 200)
    assert.equal((await sendAsAdmin(other, 'GET', '/api/v1/namespaces/given/secrets/one')).status, 200)
  })
})

describe('kinds that the lab has none of', () => {
  let lab: Lab
  before(async () => {
    lab = await startLab({ approve: 'none', emulate: '1.31' })
  })
  after(() => lab.close())

  for (const path of [
    '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1%2Cstatus.phase%21%3DSucceeded',
    '/api/v1/namespaces/kube-system/services?labelSelector=kubernetes.io%2Fcluster-service%3Dtrue',
    '/apis/storage.k8s.io/v1/csidrivers?limit=500&resourceVersion=0',
    '/apis/node.k8s.io/v1/runtimeclasses',
  ]) {
    it(`are listed: ${path.split('?')[0] ?? ''}`, async () => {
      const { status, body } = await sendAsAdmin(lab, 'GET', path)
      assert.equal(status, 200)
      assert.deepEqual(body['items'], [])
    })
  }

  it('are not made', async () => {
    const pod = { metadata: { name: 'one' }, spec: { containers: [] } }
    const { status, body } = await sendAsAdmin(lab, 'POST', '/api/v1/namespaces/default/pods', { body: pod })
    assert.equal(status, 405)
    assert.equal(body['message'], 'the server does not allow this method on the requested resource')
    await assert.rejects(
      startLab({ objects: [{ apiVersion: 'v1', kind: 'Pod', ...pod }] }),
      /does not serve v1\/Pod one/,
    )
  })
})

describe('the user of a client certificate', () => {
  const whoami = async (emulate: '1.31' | '1.36'): Promise<Json> => {
    await using lab = await startLab({ approve: 'none', emulate })
    const answer = await sendAsAdmin(lab, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: {} })
    return (answer.body['status'] as Json)['userInfo'] as Json
  }

  it('carries the fingerprint of the certificate since 1.32', async () => {
    const { extra } = await whoami('1.36')
    const ids = (extra as Record<string, string[]>)['authentication.kubernetes.io/credential-id'] ?? []
    assert.match(ids.join(), /^X509SHA256=[0-9a-f]{64}$/)
    assert.equal('extra' in (await whoami('1.31')), false)
  })
})
