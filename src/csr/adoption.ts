import { X509Certificate } from 'node:crypto'
import { type ParsedRequest, parseCertificateRequest } from './certificate-request.ts'
import type { NewSigningRequest, SigningRequest } from './signing-request.ts'

/**
 * Why a stored request of our name cannot stand for ours; undefined if it can. Other alternative names are no reason: it bears our
 * signature, so they were wanted when it was sent, and it may still be issued. Source: client-go util/certificate/csr/csr.go,
 * ensureCompatible.
 */
export async function incompatibility(
  stored: SigningRequest,
  ours: NewSigningRequest,
  now: Date,
): Promise<string | undefined> {
  if (stored.signerName !== ours.signerName) return `it is for signer "${stored.signerName}"`
  let theirs: ParsedRequest
  try {
    theirs = await parseCertificateRequest(stored.request)
  } catch {
    return 'its request does not parse'
  }
  const own = await parseCertificateRequest(ours.request)
  if (!Buffer.from(theirs.spki).equals(own.spki) || !theirs.signatureValid) return 'it is made with another key'
  if (subject(theirs) !== subject(own)) return `its subject is ${subject(theirs)}`
  const expired = stored.certificate === undefined ? undefined : expiry(stored.certificate, now)
  return expired && `its certificate expired at ${expired.toISOString()}`
}

function subject({ organization, commonName }: ParsedRequest): string {
  return `O=${organization.join('+')}, CN=${commonName}`
}

/** When the first certificate that has expired did so; undefined if none has, or none can be read (which is found out later). */
export function expiry(pem: string, now: Date): Date | undefined {
  try {
    const { validToDate } = new X509Certificate(pem)
    return validToDate <= now ? validToDate : undefined
  } catch {
    return undefined
  }
}
