import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/clock.ts'
import { createCertificateRequest } from '../../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../../src/identity/key-pair.ts'
import { registryApi } from '../../../src/lab/controllers/registry-api.ts'
import { type SigningTerms, startSigner } from '../../../src/lab/controllers/signer.ts'
import { createAuthority } from '../../../src/lab/pki/authority.ts'
import { createRegistry } from '../../../src/lab/registry/registry.ts'
import { certificateSigningRequests as resource } from '../../../src/lab/resources/certificate-signing-requests.ts'
import { everything } from '../../../src/lab/selectors/selector.ts'
import { createStore, type KubeObject } from '../../../src/lab/storage.ts'

async function requestOf(name: string): Promise<KubeObject> {
  const keyPair = await generateKeyPair('ecdsa-p256')
  const identity = { nodeName: name, commonName: `system:node:${name}`, organization: 'system:nodes' } as const
  const { pem } = createCertificateRequest({ identity, keyPair })
  return {
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    },
  }
}

describe('the running signer', () => {
  it('takes changed terms for the next request, and can hand out what no API server would store', async () => {
    const registry = createRegistry(createStore())
    const context = { user: { name: 'somebody', groups: [] }, now: new Date() }
    const api = registryApi(registry, () => ({ allowed: true, reason: '' }), systemClock)
    const stop = new AbortController()
    let terms: SigningTerms = { authority: await createAuthority('kubernetes', new Date()) }
    const running = startSigner(api, { clock: systemClock, random: randomBytes, terms: () => terms }, stop.signal)
    const certificateOf = async (name: string): Promise<string> => {
      registry.create(resource, '', await requestOf(name), context)
      const approved = { ...registry.get(resource, '', name) }
      const status = { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] }
      const place = { namespace: '', name, subresource: 'approval' }
      registry.update(resource, { place, next: () => ({ ...approved, status }), dryRun: false }, context)
      const watched = registry.watch(resource, '', { selector: everything, after: undefined }, stop.signal)
      for await (const event of watched) {
        assert.ok(event.type !== 'BOOKMARK')
        const { object } = event
        const { certificate } = object['status'] as { certificate?: string }
        if (object.metadata.name === name && certificate) return Buffer.from(certificate, 'base64').toString()
      }
      return assert.fail('the watch ended')
    }
    assert.equal((await certificateOf('right')).match(/BEGIN/g)?.length, 1)
    terms = { ...terms, fault: 'chain' }
    assert.equal((await certificateOf('chained')).match(/BEGIN/g)?.length, 2)
    terms = { ...terms, fault: 'garbage' }
    const garbage = await certificateOf('garbled')
    assert.match(garbage, /^-----BEGIN CERTIFICATE-----\n/)
    stop.abort()
    await assert.rejects(running, { name: 'AbortError' })
  })
})
