/** What a signer hands out, and requests that stand under our name. */
import assert from 'node:assert/strict'
import { createPublicKey, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { createCertificateRequest } from '../../../src/csr/certificate-request.ts'
import { incompatibility } from '../../../src/csr/adoption.ts'
import { checkIssuedCertificate } from '../../../src/csr/issued-certificate.ts'
import type { SigningRequest } from '../../../src/csr/signing-request.ts'
import { certificatesOf } from '../../../src/discovery/ca-pins.ts'
import { generateKeyPair } from '../../../src/identity/key-pair.ts'
import { derItem } from '../../../src/inventory/pem-items.ts'
import { publishedBundle } from '../../../src/kubeconfig/ca-bundle.ts'
import { createAuthority, issue } from '../../../src/lab/pki/authority.ts'
import { parseCertificateRequest as labReadsRequest } from '../../../src/lab/pki/certificate-request.ts'
import { readElement } from '../../../src/pki/der-reader.ts'
import { RequestError } from '../../../src/lab/pki/request-error.ts'
import { encodePem, pemBlocks } from '../../../src/pem.ts'
import { changed, changedBytes } from '../inputs.ts'
import { type Target, target } from '../target.ts'

const IDENTITY = { nodeName: 'n1', commonName: 'system:node:n1', organization: 'system:nodes' } as const

export async function certificateTargets(): Promise<Target[]> {
  const now = new Date()
  const ca = await createAuthority('kubernetes', now)
  const keyPair = await generateKeyPair('ecdsa-p256')
  const purpose = {
    commonName: IDENTITY.commonName,
    organization: IDENTITY.organization,
    extendedKeyUsage: 'client auth',
  } as const
  const { certificatePem } = await issue(ca, purpose, { now, keyPem: keyPair.privateKeyPem })
  const [{ der } = { der: new Uint8Array() }] = pemBlocks(certificatePem)
  const own = createCertificateRequest({
    identity: IDENTITY,
    keyPair,
    subjectAltNames: { dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] },
  })
  const respelt = (label: string, bytes: Uint8Array): string => encodePem(label, bytes)

  return [
    target(
      'issued certificate',
      fc.oneof(
        { weight: 4, arbitrary: changedBytes(der).map((bytes) => respelt('CERTIFICATE', bytes)) },
        { weight: 1, arbitrary: changed(certificatePem + ca.certificatePem) },
      ),
      (pem) => {
        const issued = checkIssuedCertificate({
          pem,
          spki: keyPair.spki,
          identity: IDENTITY,
          purpose: 'client',
          noOtherNames: true,
          now,
        })
        // What is taken is ours by the word of another parser, and that alone.
        const [leaf] = pemBlocks(issued.certificatePem)
        const seen = new X509Certificate(leaf?.der ?? '')
        assert.ok(
          seen.publicKey.equals(createPublicKey({ key: Buffer.from(keyPair.spki), format: 'der', type: 'spki' })),
        )
        assert.equal(seen.subject, 'O=system:nodes\nCN=system:node:n1')
        assert.equal(seen.ca, false)
        assert.equal(seen.subjectAltName, undefined)
        assert.ok(seen.validToDate >= now)
      },
    ),
    target(
      'bundle of CAs',
      fc.oneof(
        changedBytes(pemBlocks(ca.certificatePem)[0]?.der ?? der).map((bytes) => respelt('CERTIFICATE', bytes)),
        changed(ca.certificatePem.repeat(2)),
      ),
      (pem) => {
        for (const { raw } of certificatesOf(pem) ?? []) derItem(Buffer.from(raw), { path: '/x' })
        assert.notEqual(publishedBundle(pem, 'what is published', now), '')
      },
    ),
    target('certificate in DER', changedBytes(der), (bytes) => {
      derItem(Buffer.from(bytes), { path: '/x' })
    }),
    target(
      'request under our name',
      fc.tuple(
        fc.oneof(
          { weight: 4, arbitrary: changedBytes(own.der).map((bytes) => respelt('CERTIFICATE REQUEST', bytes)) },
          { weight: 1, arbitrary: changed(own.pem) },
        ),
        fc.option(changed(certificatePem), { nil: undefined }),
      ),
      async ([request, certificate]) => {
        const planned = { name: 'csr', signerName: 's/x', request: own.pem, usages: ['client auth'] }
        const stored: SigningRequest = {
          ...planned,
          request,
          uid: 'u',
          resourceVersion: '1',
          username: '',
          conditions: [],
          ...(certificate !== undefined && { certificate }),
        }
        const why = await incompatibility(stored, planned, now)
        if (why !== undefined) return
        // A stored request is adopted only if its bytes are what our key has signed: any change breaks the signature.
        const [theirs] = pemBlocks(request)
        assert.deepEqual(tbs(theirs?.der), tbs(own.der), 'another request was adopted')
      },
    ),
    target(
      'request at the lab',
      fc.oneof(
        changedBytes(own.der).map((bytes) => respelt('CERTIFICATE REQUEST', bytes)),
        changed(own.pem),
      ),
      (pem) => {
        try {
          labReadsRequest(pem)
        } catch (error) {
          if (!(error instanceof RequestError)) throw error
        }
      },
    ),
  ]
}

/** The part of a request that is signed. */
function tbs(request: Uint8Array | undefined): Buffer | undefined {
  const inside = readElement(Buffer.from(request ?? []))?.contents
  const first = inside && readElement(inside)
  return first && inside.subarray(0, inside.length - first.rest.length)
}
