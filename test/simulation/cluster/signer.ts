import { createPublicKey, X509Certificate } from 'node:crypto'
import type { Authority } from '../../../src/lab/pki/authority.ts'
import { parseCertificateRequest, type ParsedRequest } from '../../../src/lab/pki/certificate-request.ts'
import { nameOf } from '../../../src/lab/pki/distinguished-name.ts'
import { type SigningTerms, signCertificate } from '../../../src/lab/pki/sign.ts'
import { noAlternativeNames } from '../../../src/lab/pki/subject-alternative-names.ts'
import { digestOf, keyPem } from '../keys.ts'
import type { StoredRequest } from './cluster.ts'

/** What may be wrong with a certificate that is issued. */
export const WRONG_KINDS = [
  'other key',
  'other name',
  'other organization',
  'other usage',
  'no names',
  'expired',
  'not yet valid',
  'garbage',
] as const
export type WrongKind = (typeof WRONG_KINDS)[number]

/** What is known of a certificate that was issued. */
export interface IssuedRecord {
  readonly commonName: string
  readonly organization: readonly string[]
  readonly notBefore: number
  readonly notAfter: number
  readonly issuer: Authority
  readonly clientAuth: boolean
  readonly key: string
  /** IP addresses that it is for. */
  readonly addresses: readonly string[]
  /** Why it must not be put in use; undefined: it is what was asked for. A certificate that is not yet valid becomes so. */
  readonly wrong: WrongKind | undefined
}

export interface Terms {
  readonly wrong: WrongKind | undefined
  readonly now: number
  readonly durationSeconds: number
  readonly authority: Authority
  readonly serial: number
}

/** The number of a key that is nobody's. */
const NOBODY = 1_000_000

/** What tells certificates apart, however their text is broken into lines and whatever stands beside them: the first one counts. */
export function bodyOf(pem: string): string {
  return (/-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem)?.[1] ?? '').replace(/\s/g, '')
}

/** What the signer makes of an approved request: the lab's signer, and mistakes on demand. */
export function issue(
  stored: StoredRequest,
  { wrong, now, durationSeconds, authority, serial }: Terms,
): { certificate: string; record: IssuedRecord | undefined } {
  const parsed = parseCertificateRequest(stored.request)
  if (!('ok' in parsed)) throw new Error(`a request of certlet's is not one: ${parsed.error}`)
  if (wrong === 'garbage') {
    return { certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', record: undefined }
  }
  const request = spoiled(parsed.ok, wrong)
  const usages =
    wrong === 'other usage'
      ? stored.usages.map((usage) => ({ 'client auth': 'server auth', 'server auth': 'client auth' })[usage] ?? usage)
      : stored.usages
  const terms: SigningTerms = {
    ...{ usages, durationSeconds, expirationSeconds: stored.expirationSeconds },
    serial: Buffer.from([(serial >> 16) & 255, (serial >> 8) & 255, serial & 255, 1]),
    now: new Date(wrong === 'expired' ? now - 2 * durationSeconds * 1000 : now),
    ...(wrong === 'not yet valid' && { notBeforeOffsetSeconds: 1800 }),
  }
  const certificate = signCertificate(request, terms, authority)
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  const record: IssuedRecord = {
    ...{ commonName: request.subject.commonName, organization: request.subject.organization },
    ...{ notBefore: validFromDate.getTime(), notAfter: validToDate.getTime(), issuer: authority },
    clientAuth: usages.includes('client auth'),
    key: digestOf(request.spki),
    addresses: request.ipAddresses,
    // A client certificate has no names to lack.
    wrong: wrong === 'no names' && stored.purpose === 'client' ? undefined : wrong,
  }
  return { certificate, record }
}

function spoiled(request: ParsedRequest, wrong: WrongKind | undefined): ParsedRequest {
  const { commonName, organization } = request.subject
  switch (wrong) {
    case 'other key':
      return { ...request, spki: createPublicKey(keyPem(NOBODY)).export({ format: 'der', type: 'spki' }) }
    case 'other name':
      return { ...request, subject: nameOf('system:node:somebody-else', organization[0]) }
    case 'other organization':
      return { ...request, subject: nameOf(commonName, 'system:masters') }
    case 'no names':
      return { ...request, ...noAlternativeNames }
    default:
      return request
  }
}
