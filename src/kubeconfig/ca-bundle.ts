import { X509Certificate } from 'node:crypto'
import { CertletError } from '../errors.ts'
import { certificatesIn } from './api-server.ts'

/** Of a bundle, each certificate once, in its order. */
type Certificates = readonly X509Certificate[]

/**
 * The certificates of a bundle that somebody publishes, each of which has to be one of a certificate authority.
 * @param what - how messages call it.
 * @throws CertletError CA_UNREADABLE for a bundle that is empty, has something else in it, or of which nothing is in date.
 */
export function publishedBundle(pem: string, what: string, now: Date): string {
  const certificates = parse(certificatesIn(Buffer.from(pem), what))
  const other = certificates.find(({ ca }) => !ca)
  if (other) {
    const subject = JSON.stringify(other.subject)
    throw new CertletError('CA_UNREADABLE', `Cannot use ${what}: a certificate in it is no authority’s (${subject})`)
  }
  if (!certificates.some(({ validFromDate, validToDate }) => validFromDate <= now && now <= validToDate)) {
    throw new CertletError('CA_UNREADABLE', `Cannot use ${what}: none of its certificates is in date`)
  }
  return textOf(certificates)
}

/** Whether every certificate of `some` is in `bundle` as well. */
export function holds(bundle: string, some: string): boolean {
  const there = new Set(parse(bundle).map(({ fingerprint256 }) => fingerprint256))
  return parse(some).every(({ fingerprint256 }) => there.has(fingerprint256))
}

/** What is to become of the bundle that a kubeconfig trusts. */
export type BundleStep =
  | { readonly do: 'keep' }
  | { readonly do: 'widen'; readonly caPem: string }
  | { readonly do: 'narrow'; readonly caPem: string }

/**
 * What follows from the bundle that the cluster publishes. Pure. An authority that is new is added first; only when all that is published
 * is trusted, so at a later look, are those tried to be left out which are no longer published. At no moment can the node be locked out by
 * a server that has not changed over yet.
 */
export function nextBundle(trusted: string, published: string): BundleStep {
  if (!holds(trusted, published)) return { do: 'widen', caPem: textOf([...parse(trusted), ...parse(published)]) }
  return holds(published, trusted) ? { do: 'keep' } : { do: 'narrow', caPem: published }
}

function parse(pem: string): Certificates {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (block) => new X509Certificate(block),
  )
}

function textOf(certificates: Certificates): string {
  return [...new Map(certificates.map((one) => [one.fingerprint256, one.toString()])).values()].join('')
}
