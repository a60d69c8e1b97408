import assert from 'node:assert/strict'
import { createCertificateRequest } from '../../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../../src/identity/key-pair.ts'
import { startApprover } from '../../../src/lab/controllers/approver.ts'
import type { SubjectAccessReviewSpec } from '../../../src/lab/controllers/controller-api.ts'
import { registryApi } from '../../../src/lab/controllers/registry-api.ts'
import { createRegistry, type Registry } from '../../../src/lab/registry/registry.ts'
import { certificateSigningRequests as resource } from '../../../src/lab/resources/certificate-signing-requests.ts'
import { createStore } from '../../../src/lab/storage.ts'
import { type SteppedClock, steppedClock } from '../../support/stepped-clock.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('the running approver', () => {
  let clock: SteppedClock
  let registry: Registry
  let asked: SubjectAccessReviewSpec[]
  let granted: string[]
  let stop: AbortController

  beforeEach(() => {
    clock = steppedClock()
    registry = createRegistry(createStore())
    asked = []
    granted = []
    stop = new AbortController()
    const api = registryApi(registry, () => ({ allowed: false, reason: '' }), clock)
    const reviewing: typeof api = {
      ...api,
      subjectAccessReview: (spec) => {
        asked.push(spec)
        return Promise.resolve({ allowed: granted.includes(spec.resourceAttributes.subresource) })
      },
    }
    startApprover(reviewing, { clock, policy: { mode: 'auto' } }, stop.signal).catch(() => undefined)
  })
  afterEach(() => {
    stop.abort()
  })

  const request = async (requester: string): Promise<void> => {
    const keyPair = await generateKeyPair('ecdsa-p256')
    const identity = { nodeName: 'n1', commonName: 'system:node:n1', organization: 'system:nodes' } as const
    const { pem } = createCertificateRequest({ identity, keyPair })
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    }
    const user = { name: requester, uid: 'u-1', groups: ['g1', 'g2'], extra: { key: ['value'] } }
    registry.create(resource, '', { metadata: { name: 'one' }, spec }, { user, now: clock.now() })
    await turns()
  }
  const subresources = (): string[] => asked.map(({ resourceAttributes }) => resourceAttributes.subresource)
  const conditions = (): unknown =>
    (registry.get(resource, '', 'one')['status'] as { conditions?: unknown[] }).conditions ?? []

  it('asks for the requester, with all that is known of it', async () => {
    await request('system:bootstrap:abcdef')
    assert.deepEqual(asked, [
      {
        user: 'system:bootstrap:abcdef',
        uid: 'u-1',
        groups: ['g1', 'g2'],
        extra: { key: ['value'] },
        resourceAttributes: {
          group: 'certificates.k8s.io',
          version: '*',
          resource: 'certificatesigningrequests',
          subresource: 'nodeclient',
          verb: 'create',
        },
      },
    ])
  })

  it('asks of a node that renews its own certificate for selfnodeclient first', async () => {
    granted = ['nodeclient']
    await request('system:node:n1')
    assert.deepEqual(subresources(), ['selfnodeclient', 'nodeclient'])
    const message = 'Auto approving kubelet client certificate after SubjectAccessReview.'
    const [{ lastUpdateTime: _at, lastTransitionTime: _since, ...condition }] = conditions() as [Record<string, string>]
    assert.deepEqual(condition, { type: 'Approved', status: 'True', reason: 'AutoApproved', message })
  })

  it('asks again after 0.2, 0.4, 0.8 s and so on, so that a missing binding can be made up for', async () => {
    await request('system:bootstrap:abcdef')
    for (const [after, want] of [
      [199, 1],
      [1, 2],
      [399, 2],
      [1, 3],
      [799, 3],
    ] as const) {
      clock.advance(after)
      await turns()
      assert.equal(asked.length, want)
    }
    assert.deepEqual(conditions(), [])
    granted = ['nodeclient']
    clock.advance(1)
    await turns()
    assert.equal((conditions() as unknown[]).length, 1)
  })
})
