import assert from 'node:assert/strict'
import type { RetryPolicy } from '../../src/backoff.ts'
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import type { NewSigningRequest, SigningRequest } from '../../src/csr/signing-request.ts'
import { submit } from '../../src/csr/submit.ts'
import { CertletError } from '../../src/errors.ts'
import { generateKeyPair, type KeyPair } from '../../src/identity/key-pair.ts'
import { manualClock } from '../support/manual-clock.ts'
import { makePair } from '../support/pair.ts'
import { signingRequestFake, stored } from '../support/signing-request-fake.ts'

describe('submission of a certificate signing request', () => {
  const signal = new AbortController().signal
  const policy = (start?: Date): RetryPolicy => ({
    clock: manualClock(start),
    random: () => 0.5,
    onProblem: () => undefined,
  })
  let keyPair: KeyPair
  let ours: NewSigningRequest

  function make(nodeName: string, keys: KeyPair, dnsName: string): NewSigningRequest {
    const { pem } = createCertificateRequest({
      identity: { nodeName, commonName: `system:node:${nodeName}`, organization: 'system:nodes' },
      keyPair: keys,
      subjectAltNames: { dnsNames: [dnsName], ipAddresses: ['10.0.0.1'] },
    })
    const usages = ['digital signature', 'server auth']
    return { name: 'node-csr-x', signerName: 'kubernetes.io/kubelet-serving', request: pem, usages }
  }

  before(async () => {
    keyPair = await generateKeyPair('ecdsa-p256')
    ours = make('n1', keyPair, 'n1')
  })

  it('creates', async () => {
    const api = signingRequestFake()
    const submission = await submit(api, ours, { retry: policy(), signal })
    assert.equal(submission.kind, 'created')
    assert.deepEqual(api.calls, ['create'])
  })

  it('adopts its own request from before a restart, though signed anew', async () => {
    const api = signingRequestFake()
    api.objects.set(ours.name, stored(make('n1', keyPair, 'n1'), { uid: 'before' }))
    const submission = await submit(api, ours, { retry: policy(), signal })
    assert.ok(submission.kind === 'adopted')
    assert.equal(submission.request.uid, 'before')
  })

  it('adopts its own request though it asks for names that are no longer wanted', async () => {
    const api = signingRequestFake()
    api.objects.set(ours.name, stored(make('n1', keyPair, 'n2'), { uid: 'before' }))
    assert.equal((await submit(api, ours, { retry: policy(), signal })).kind, 'adopted')
  })

  it('adopts the one object when the answer was lost', async () => {
    const api = signingRequestFake({
      afterCreate: (attempt) => {
        if (attempt === 1) throw new CertletError('API_ERROR', 'lost')
      },
    })
    const submission = await submit(api, ours, { retry: policy(), signal })
    assert.ok(submission.kind === 'adopted')
    assert.equal(submission.request.uid, 'u1')
    assert.deepEqual(api.calls, ['create', 'create', 'read'])
    assert.equal(api.objects.size, 1)
  })

  it('creates anew when the other was deleted between the calls', async () => {
    const api = signingRequestFake({
      afterCreate: (attempt, objects) => {
        if (attempt === 1) objects.clear()
      },
    })
    api.objects.set(ours.name, stored(ours, { uid: 'before' }))
    assert.equal((await submit(api, ours, { retry: policy(), signal })).kind, 'created')
    assert.deepEqual(api.calls, ['create', 'read', 'create'])
  })

  it('does not try again what time does not mend', async () => {
    const api = signingRequestFake({
      afterCreate: () => {
        throw new CertletError('FORBIDDEN', 'no')
      },
    })
    await assert.rejects(submit(api, ours, { retry: policy(), signal }), { name: 'CertletError', code: 'FORBIDDEN' })
    assert.deepEqual(api.calls, ['create'])
  })

  const differences: {
    title: string
    other: () => Partial<SigningRequest> | Promise<Partial<SigningRequest>>
    why: RegExp
    now?: Date
  }[] = [
    {
      title: 'key',
      other: async () => make('n1', await generateKeyPair('ecdsa-p256'), 'n1'),
      why: /made with another key/,
    },
    { title: 'subject', other: () => make('n2', keyPair, 'n1'), why: /subject is .*system:node:n2/ },
    { title: 'signer', other: () => ({ signerName: 'example.com/x' }), why: /for signer "example\.com\/x"/ },
    { title: 'text, which is no request', other: () => ({ request: 'x' }), why: /does not parse/ },
    {
      title: 'certificate, which has expired',
      other: async () => ({ certificate: (await makePair()).certificatePem }),
      why: /certificate expired at 2040/,
      now: new Date('2040-01-02'),
    },
  ]
  for (const { title, other, why, now } of differences) {
    it(`does not adopt a request of another ${title}`, async () => {
      const api = signingRequestFake()
      api.objects.set(ours.name, stored(ours, await other()))
      const submission = await submit(api, ours, { retry: policy(now), signal })
      assert.ok(submission.kind === 'incompatible')
      assert.match(submission.why, why)
    })
  }
})
