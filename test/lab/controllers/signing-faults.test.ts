import assert from 'node:assert/strict'
import { randomBytes, X509Certificate } from 'node:crypto'
import { createCertificateRequest } from '../../../src/csr/certificate-request.ts'
import { generateKeyPair, type KeyPair } from '../../../src/identity/key-pair.ts'
import type { CertificateSigningRequest } from '../../../src/lab/controllers/csr.ts'
import { decideSigning, type SigningTerms } from '../../../src/lab/controllers/signer.ts'
import {
  createStrangers,
  SIGNING_FAULTS,
  type SigningFault,
  type Strangers,
} from '../../../src/lab/controllers/signing-faults.ts'
import { type Authority, createAuthority } from '../../../src/lab/pki/authority.ts'
import { decodeAllPem } from '../../../src/lab/pki/pem.ts'

const now = new Date('2026-03-01T12:00:00Z')
const HOUR_MS = 3_600_000

describe('a signer with a fault', () => {
  let keyPair: KeyPair
  let csr: CertificateSigningRequest
  let authority: Authority
  let strangers: Strangers

  before(async () => {
    keyPair = await generateKeyPair('ecdsa-p256')
    const { pem } = createCertificateRequest({
      identity: { nodeName: 'n1', commonName: 'system:node:n1', organization: 'system:nodes' },
      keyPair,
      subjectAltNames: { dnsNames: ['n1', 'n1.example.org'], ipAddresses: ['192.0.2.1', '192.0.2.2'] },
    })
    csr = {
      metadata: { name: 'one' },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName: 'kubernetes.io/kubelet-serving',
        usages: ['digital signature', 'server auth'],
      },
      status: { conditions: [{ type: 'Approved', status: 'True' }] },
    }
    authority = await createAuthority('kubernetes', new Date('2026-01-01T00:00:00Z'))
    strangers = await createStrangers(authority, now)
  })

  const issued = (terms: Omit<SigningTerms, 'authority'>): string => {
    const moment = { now, since: now, serial: randomBytes(16), strangers }
    const decision = decideSigning(csr, { authority, ...terms }, moment)
    assert.ok(decision.do === 'issue', JSON.stringify(decision))
    return decision.certificatePem
  }

  /** Everything about a certificate that a client can check, as differences from what it should be. */
  const faultsOf = (pem: string): string[] => {
    const blocks = decodeAllPem(pem)
    let leaf: X509Certificate
    try {
      leaf = new X509Certificate(pem)
    } catch {
      return ['unreadable']
    }
    const sans = 'DNS:n1, DNS:n1.example.org, IP Address:192.0.2.1, IP Address:192.0.2.2'
    return [
      !leaf.publicKey.export({ format: 'der', type: 'spki' }).equals(keyPair.spki) && 'key',
      leaf.subject !== 'O=system:nodes\nCN=system:node:n1' && 'name',
      !leaf.verify(new X509Certificate(authority.certificatePem).publicKey) && 'issuer',
      leaf.subjectAltName !== sans && `names ${String(leaf.subjectAltName)}`,
      leaf.validToDate <= now && 'expired',
      leaf.validFromDate > now && 'not yet valid',
      blocks.length > 1 && `${blocks.length} blocks`,
    ].filter((fault) => fault !== false)
  }

  it('has none unless it is told to', () => {
    assert.deepEqual(faultsOf(issued({})), [])
  })

  const wanted: Record<SigningFault, string[]> = {
    'other-key': ['key'],
    'other-name': ['name'],
    'other-ca': ['issuer'],
    'missing-san': ['names DNS:n1, DNS:n1.example.org, IP Address:192.0.2.1'],
    expired: ['expired'],
    'not-yet-valid': ['not yet valid'],
    chain: ['2 blocks'],
    garbage: ['unreadable'],
  }
  for (const fault of SIGNING_FAULTS) {
    it(`hands out a certificate with exactly that fault: ${fault}`, () => {
      assert.deepEqual(faultsOf(issued({ fault })), wanted[fault])
    })
  }

  it('signs by a CA that has the right name, so that only the signature gives it away', () => {
    assert.equal(new X509Certificate(issued({ fault: 'other-ca' })).issuer, 'CN=kubernetes')
  })

  it('keeps the lifetime of certificates that ended an hour ago or begin in an hour', () => {
    const dates = (fault: SigningFault): number[] => {
      const { validFromDate, validToDate } = new X509Certificate(issued({ fault, durationSeconds: 3600 }))
      return [validFromDate.getTime() - now.getTime(), validToDate.getTime() - now.getTime()]
    }
    assert.deepEqual(dates('expired'), [-2 * HOUR_MS - 300_000, -HOUR_MS])
    assert.deepEqual(dates('not-yet-valid'), [HOUR_MS, 2 * HOUR_MS])
  })

  it('begins where the offset says', () => {
    const { validFromDate, validToDate } = new X509Certificate(issued({ notBeforeOffsetSeconds: 90 }))
    assert.equal(validFromDate.getTime() - now.getTime(), 90_000)
    assert.equal(validToDate.getTime() - validFromDate.getTime(), 365 * 24 * HOUR_MS)
  })

  it('is not one whose CA has expired: that one tries for ever, without a word', async () => {
    const expired = await createAuthority('kubernetes', new Date('2015-01-01T00:00:00Z'))
    const decision = decideSigning(csr, { authority: expired }, { now, since: now, serial: randomBytes(16) })
    assert.equal(decision.do, 'retry')
  })

  it('waits out its delay from when it first saw the request approved', () => {
    const since = new Date(now.getTime() - 400)
    const decision = decideSigning(csr, { authority, delayMs: 1000 }, { now, since, serial: randomBytes(16) })
    assert.deepEqual(decision, { do: 'wait', afterMs: 600 })
  })
})
