/**
 * The certificate that kube-controller-manager's signer makes of an approved request.
 * Source: pkg/controller/certificates/signer/signer.go (sign, duration), authority/authority.go, authority/policies.go (apply).
 */
import type { Authority } from './authority.ts'
import { createCertificate } from './certificate.ts'
import type { ParsedRequest } from './certificate-request.ts'
import { encodeName } from './distinguished-name.ts'
import { keyUsagesOf } from './key-usages.ts'
import { encodePem } from './pem.ts'

const MINUTE_MS = 60_000
/** Certificates begin this long before they are signed. */
const BACKDATE_SECONDS = -300
/** Below this the lifetime counts from now, so that backdating does not eat a notable part of it. */
const SHORT_MS = 8 * 60 * MINUTE_MS
/** Requested lifetimes are raised to this. */
const SHORTEST_MS = 10 * MINUTE_MS

export interface SigningTerms {
  readonly usages: readonly string[]
  readonly expirationSeconds: number | undefined
  /** --cluster-signing-duration. */
  readonly durationSeconds: number
  /** Where NotBefore lies from the moment of signing, s; -300, as kube-controller-manager backdates, unless set. */
  readonly notBeforeOffsetSeconds?: number
  readonly now: Date
  /** 16 random octets. */
  readonly serial: Uint8Array
}

type Dating = Pick<SigningTerms, 'expirationSeconds' | 'durationSeconds' | 'notBeforeOffsetSeconds' | 'now'>

/** A certificate's validity; none when the CA has expired. */
export function validity(
  terms: Dating,
  authority: Pick<Authority, 'notAfter'>,
): { notBefore: Date; notAfter: Date } | undefined {
  const now = terms.now.getTime()
  if (now >= authority.notAfter.getTime()) return undefined
  const ttl = lifetimeMs(terms)
  const notBefore = now + (terms.notBeforeOffsetSeconds ?? BACKDATE_SECONDS) * 1000
  const from = ttl < SHORT_MS ? Math.max(now, notBefore) : notBefore
  return { notBefore: new Date(notBefore), notAfter: new Date(Math.min(from + ttl, authority.notAfter.getTime())) }
}

/** How long the certificate lives: what was asked for, within what the signer allows. */
export function lifetimeMs({
  expirationSeconds,
  durationSeconds,
}: Pick<SigningTerms, 'expirationSeconds' | 'durationSeconds'>): number {
  if (expirationSeconds === undefined || expirationSeconds > durationSeconds) return durationSeconds * 1000
  return Math.max(expirationSeconds * 1000, SHORTEST_MS)
}

/**
 * One PEM block. Subject and names are those of the request as Go re-encodes them; requested extensions are dropped.
 * @throws RangeError when the CA has expired.
 */
export function signCertificate(request: ParsedRequest, terms: SigningTerms, authority: Authority): string {
  const dates = validity(terms, authority)
  if (dates === undefined) throw new RangeError('refusing to sign a certificate that expired in the past')
  const subject = encodeName(request.subject)
  const certificate = createCertificate(
    {
      serial: terms.serial,
      subject,
      ...dates,
      spki: request.spki,
      ...keyUsagesOf(terms.usages),
      isCa: false,
      // Go leaves it out where subject and issuer are the same name, as in a self-signed certificate.
      authorityKeyId: subject.equals(authority.name) ? undefined : authority.keyId,
      names: request,
    },
    authority,
  )
  return encodePem('CERTIFICATE', certificate)
}
