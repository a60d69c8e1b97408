import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { checkIssuedCertificate, type Expectation } from '../../src/csr/issued-certificate.ts'
import { CertletError } from '../../src/errors.ts'
import { lightCheck, plainlyGood } from '../../src/fleet/light-check.ts'
import { lightRequest } from '../../src/fleet/light-request.ts'
import { generateKeyPair, type KeyPair } from '../../src/identity/key-pair.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { startLab } from '../../src/lab/index.ts'
import { pemBlocks } from '../../src/pem.ts'

const identity = nodeIdentity({ osHostname: 'fleet-7.example' })
const privateKeyOf = ({ privateKeyPem }: KeyPair): ReturnType<typeof createPrivateKey> =>
  createPrivateKey(privateKeyPem)

/** What is signed of a request: the first element in the outer sequence; and the rest. */
function parts(pem: string): { info: Buffer; algorithm: Buffer; signature: Buffer } {
  const der = Buffer.from(pemBlocks(pem)[0]?.der ?? [])
  const end = (at: number): number => {
    const first = der[at + 1] ?? 0
    if (first < 0x80) return at + 2 + first
    return at + 2 + (first & 0x7f) + der.readUIntBE(at + 2, first & 0x7f)
  }
  const start = (der[1] ?? 0) < 0x80 ? 2 : 2 + ((der[1] ?? 0) & 0x7f)
  const infoEnd = end(start)
  const algorithmEnd = end(infoEnd)
  const from = algorithmEnd + 3
  return {
    info: der.subarray(start, infoEnd),
    algorithm: der.subarray(infoEnd, algorithmEnd),
    signature: der.subarray(from),
  }
}

describe('the light certificate request', () => {
  for (const { title, names } of [
    { title: 'without names', names: undefined },
    {
      title: 'with names',
      names: { dnsNames: ['a.example', 'fleet-7.example'], ipAddresses: ['10.0.0.7', '192.0.2.255'] },
    },
    {
      title: 'with so many names that lengths take two octets',
      names: { dnsNames: Array.from({ length: 40 }, (_, i) => `name-${i}.example`), ipAddresses: ['10.0.0.7'] },
    },
  ]) {
    it(`is, ${title}, the package’s byte for byte apart from the signature, which is good`, async () => {
      const keyPair = await generateKeyPair('ecdsa-p256')
      const light = lightRequest(identity, { privateKey: privateKeyOf(keyPair), spki: keyPair.spki }, names)
      const { pem } = await createCertificateRequest({ identity, keyPair, subjectAltNames: names })
      const [ours, theirs] = [parts(light), parts(pem)]
      assert.deepEqual(ours.info, theirs.info)
      assert.deepEqual(ours.algorithm, theirs.algorithm)
      const key = createPublicKey({ key: Buffer.from(keyPair.spki), format: 'der', type: 'spki' })
      assert.ok(verify('sha256', ours.info, key, ours.signature))
    })
  }
})

describe('the light check of a certificate', () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const FAULTS = [
    'other-key',
    'other-name',
    'other-ca',
    'missing-san',
    'expired',
    'not-yet-valid',
    'chain',
    'garbage',
  ] as const

  /** Certificates that the lab's signer issues, good and bad, with what was asked for. */
  async function* certificates(): AsyncGenerator<{ title: string; pem: string; expected: Expectation }> {
    await using lab = await startLab({ approve: 'auto', approveServing: true })
    for (const fault of [undefined, ...FAULTS]) {
      lab.setSigning({ ...(fault && { fault }) })
      for (const purpose of ['client', 'serving'] as const) {
        const keyPair = await generateKeyPair('ecdsa-p256')
        const names = { dnsNames: ['fleet-7.example'], ipAddresses: ['10.0.0.7'] }
        const key = { privateKey: privateKeyOf(keyPair), spki: keyPair.spki }
        const request = lightRequest(identity, key, purpose === 'serving' ? names : undefined)
        const name = `${purpose}-${fault ?? 'none'}`
        const body = {
          metadata: { name },
          spec: {
            request: Buffer.from(request).toString('base64'),
            signerName: `kubernetes.io/${purpose === 'client' ? 'kube-apiserver-client-kubelet' : 'kubelet-serving'}`,
            usages: ['digital signature', purpose === 'client' ? 'client auth' : 'server auth'],
          },
        }
        const { status } = lab.handle({
          method: 'POST',
          path,
          headers: {
            authorization: [`Bearer ${lab.token}`],
            'content-type': ['application/json'],
          },
          body: Buffer.from(JSON.stringify(body)),
        })
        assert.equal(status, 201)
        const pem = await issued(lab, name)
        const expected = {
          spki: keyPair.spki,
          identity,
          purpose,
          noOtherNames: true,
          now: new Date(),
          ...(purpose === 'serving' && { subjectAltNames: names }),
        }
        yield { title: name, pem, expected }
        // The same certificate, held to other wishes.
        yield {
          title: `${name}, for another`,
          pem,
          expected: { ...expected, identity: nodeIdentity({ osHostname: 'other' }) },
        }
        yield {
          title: `${name}, as the other purpose`,
          pem,
          expected: { ...expected, purpose: purpose === 'client' ? 'serving' : 'client' },
        }
        yield {
          title: `${name}, with another name`,
          pem,
          expected: { ...expected, subjectAltNames: { dnsNames: ['b'], ipAddresses: ['10.9.9.9'] } },
        }
        yield {
          title: `${name}, twenty years later`,
          pem,
          expected: { ...expected, now: new Date(Date.now() + 20 * 365 * 86_400_000) },
        }
        yield { title: `${name}, twice`, pem: pem + pem, expected }
      }
    }
  }

  async function issued(lab: Awaited<ReturnType<typeof startLab>>, name: string): Promise<string> {
    for (;;) {
      const { body } = await lab.admin('GET', `${path}/${name}`)
      const { certificate } = (body as { status: { certificate?: string } }).status
      if (certificate !== undefined) return Buffer.from(certificate, 'base64').toString()
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  it('accepts nothing that the full one refuses, and leaves little of what is good to it', async () => {
    let both = 0
    let refused = 0
    for await (const { title, pem, expected } of certificates()) {
      const full = attempt(() => checkIssuedCertificate({ pem, ...expected }))
      const light = attempt(() => lightCheck(pem, expected))
      assert.equal(light, full, title)
      const good = plainlyGood(pem, expected)
      if (good) {
        assert.equal(full, 'good', title)
        both++
      }
      if (full !== 'good') refused++
    }
    assert.ok(both >= 2 && refused >= 20, `${both} plainly good, ${refused} refused`)
  })
})

/** `good`, or the words of the refusal. */
function attempt(work: () => unknown): string {
  try {
    work()
    return 'good'
  } catch (error) {
    assert.ok(error instanceof CertletError && error.code === 'CERTIFICATE_REFUSED')
    return error.message
  }
}
