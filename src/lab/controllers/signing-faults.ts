/**
 * The ways in which a laboratory's signer can go wrong on purpose: what a client has to notice before it uses what it was given.
 * Each fault changes what is signed, who signs or what is handed out; everything else stays as the real signer does it.
 */
import { unreachable } from '../../errors.ts'
import { type Authority, createAuthority, createKey } from '../pki/authority.ts'
import type { ParsedRequest } from '../pki/certificate-request.ts'
import { type DistinguishedName, parseName, withCommonName } from '../pki/distinguished-name.ts'
import { encodePem } from '../pki/pem.ts'
import { lifetimeMs, signCertificate, type SigningTerms } from '../pki/sign.ts'

/** Every fault by its name, in the order in which help texts list them. */
export const SIGNING_FAULTS = [
  /** The certificate is for a key that the requester does not have. */
  'other-key',
  /** The common name is another one. */
  'other-name',
  /** Signed by a CA of the same name that nobody trusts. */
  'other-ca',
  /** One of the requested alternative names is left out; a request without any is signed as it should be. */
  'missing-san',
  /** Ended an hour ago. */
  'expired',
  /** Begins in an hour. */
  'not-yet-valid',
  /** The CA's own certificate follows the leaf. */
  'chain',
  /** A PEM block that holds no certificate; a real API server would refuse to store it. */
  'garbage',
] as const

export type SigningFault = (typeof SIGNING_FAULTS)[number]

/** Those who stand in for the right ones. */
export interface Strangers {
  readonly authority: Authority
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Buffer
}

/** @param imitated - the CA whose name the strange one has. */
export async function createStrangers(imitated: Authority, now: Date): Promise<Strangers> {
  const { commonName } = parseName(imitated.name)
  const [authority, { spki }] = await Promise.all([createAuthority(commonName, now), createKey()])
  return { authority, spki }
}

const HOUR_MS = 3_600_000

/**
 * What the signer hands out under a fault: the PEM text for `status.certificate`.
 * @throws RangeError when the CA has expired.
 */
export function signWithFault(
  fault: SigningFault,
  request: ParsedRequest,
  terms: SigningTerms,
  { authority, strangers }: { authority: Authority; strangers: Strangers },
): string {
  switch (fault) {
    case 'other-key':
      return signCertificate({ ...request, spki: strangers.spki }, terms, authority)
    case 'other-name':
      return signCertificate({ ...request, subject: otherName(request.subject) }, terms, authority)
    case 'other-ca':
      return signCertificate(request, terms, strangers.authority)
    case 'missing-san':
      return signCertificate(withoutOneName(request), terms, authority)
    case 'expired':
      return signCertificate(request, later(terms, -lifetimeMs(terms) - HOUR_MS), authority)
    case 'not-yet-valid':
      return signCertificate(request, { ...terms, notBeforeOffsetSeconds: HOUR_MS / 1000 }, authority)
    case 'chain':
      return signCertificate(request, terms, authority) + authority.certificatePem
    case 'garbage':
      return encodePem('CERTIFICATE', Buffer.from('the lab was asked for garbage'))
    default:
      return unreachable(fault)
  }
}

const otherName = (subject: DistinguishedName): DistinguishedName =>
  withCommonName(subject, `${subject.commonName}-other`)

const later = (terms: SigningTerms, ms: number): SigningTerms => ({
  ...terms,
  now: new Date(terms.now.getTime() + ms),
})

/** An address goes first: a host is more often reached under two of them than under two names. */
function withoutOneName(request: ParsedRequest): ParsedRequest {
  for (const kind of ['ipAddresses', 'dnsNames', 'uris', 'emailAddresses'] as const) {
    if (request[kind].length > 0) return { ...request, [kind]: request[kind].slice(0, -1) }
  }
  return request
}
