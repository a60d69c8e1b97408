import { createPublicKey } from 'node:crypto'
import { CertletError } from '../errors.ts'
import { ExtendedKeyUsage } from '../pki/certificate-contents.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import { sanDifference, type SubjectAltNames } from '../identity/subject-alt-names.ts'
import { readCertificates, type Certificate, type ReadCertificate } from './certificate.ts'
import { brokenForm, excess } from './certificate-form.ts'
import type { Purpose } from './constants.ts'

/** A certificate that is what was asked for. */
export interface IssuedCertificate extends Certificate {
  /** The leaf, then what else the signer sent; headers and text dropped. */
  certificatePem: string
  /** True as long as NotBefore lies ahead: wait for it. */
  notYetValid: boolean
}

/** What was asked for, and what is known about the signer. */
export interface Expectation {
  /** The key's subject public key info, DER. */
  spki: Uint8Array
  identity: NodeIdentity
  purpose: Purpose
  /** Names that must be there. */
  subjectAltNames?: SubjectAltNames | undefined
  /** Whether there may be no others: of what was just issued. A pair that is in use may keep names that are no longer wanted. */
  noOtherNames?: boolean
  now: Date
  /** The signer's CA, where it is known: one certificate or more. */
  signerCaPem?: string | undefined
}

/**
 * Checks that an issued certificate is the one that was asked for.
 * @param pem - as it stands in `status.certificate`. Should the leaf not stand first, it is put there.
 * @throws CertletError CERTIFICATE_REFUSED with the first rule that it breaks; not for NotBefore in the future: see `notYetValid`.
 */
export function checkIssuedCertificate({ pem, ...expected }: Expectation & { pem: string }): IssuedCertificate {
  const chain = parseChain(pem)
  const leaf = chain.find((certificate) => bearsKey(certificate, expected.spki))
  if (!leaf) throw refused('it is for another key')
  const broken = brokenRule(leaf, chain, expected)
  if (broken !== undefined) throw refused(broken)
  const { subject, issuer, commonName, organization, serial, subjectAltNames, notBefore, notAfter } = leaf
  return {
    ...{ subject, issuer, commonName, organization, serial, subjectAltNames, notBefore, notAfter },
    certificatePem: [leaf, ...chain.filter((other) => other !== leaf)].map((one) => one.pem).join(''),
    notYetValid: expected.now < notBefore,
  }
}

function parseChain(pem: string): readonly ReadCertificate[] {
  const tooMuch = excess(pem)
  if (tooMuch !== undefined) throw refused(tooMuch)
  let chain: readonly ReadCertificate[]
  try {
    chain = readCertificates(pem)
  } catch (cause) {
    throw refused('it cannot be parsed', cause)
  }
  if (chain.length === 0) throw refused('there is no certificate in it')
  return chain
}

/** The first rule that the certificate breaks, in words; undefined if none. */
function brokenRule(
  leaf: ReadCertificate,
  chain: readonly ReadCertificate[],
  expected: Expectation,
): string | undefined {
  const { identity, now, signerCaPem } = expected
  const form = chain.map(brokenForm).find((broken) => broken !== undefined)
  if (form !== undefined) return form
  const second = chain.find((other) => other !== leaf && !mayIssue(other))
  if (second) return `beside it there is another certificate, which is no authority’s (${second.subject})`
  if (leaf.commonName !== identity.commonName) {
    return `its common name is ${JSON.stringify(leaf.commonName)} instead of ${JSON.stringify(identity.commonName)}`
  }
  if (leaf.organization.length !== 1 || leaf.organization[0] !== identity.organization) {
    return `its organization is ${JSON.stringify(leaf.organization)} instead of ${JSON.stringify([identity.organization])}`
  }
  const part = brokenUsage(leaf, expected.purpose) ?? brokenNames(leaf, expected)
  if (part !== undefined) return part
  const expired = chain.find(({ notAfter }) => now > notAfter)
  if (expired) return `${expired.subject} expired at ${expired.notAfter.toISOString()}`
  if (signerCaPem !== undefined && !leadsTo(leaf, chain, readCertificates(signerCaPem))) {
    return `it does not lead to the signer's CA; its issuer is ${leaf.issuer}`
  }
  return undefined
}

const AUTH = {
  client: { oid: ExtendedKeyUsage.clientAuth, name: 'client auth' },
  serving: { oid: ExtendedKeyUsage.serverAuth, name: 'server auth' },
} as const satisfies Record<Purpose, unknown>

/** The bit of key usage. Source: RFC 5280 §4.2.1.3. */
const DIGITAL_SIGNATURE = 0

function brokenUsage({ ca, keyUsage, extendedKeyUsage = [] }: ReadCertificate, purpose: Purpose): string | undefined {
  if (ca) return 'it is a CA certificate'
  if (keyUsage && !keyUsage.includes(DIGITAL_SIGNATURE)) return 'its key usage lacks digital signature'
  const { oid, name } = AUTH[purpose]
  return extendedKeyUsage.includes(oid) || extendedKeyUsage.includes(ExtendedKeyUsage.any)
    ? undefined
    : `its extended key usage lacks ${name}`
}

function brokenNames(
  { subjectAltNames: present }: ReadCertificate,
  { subjectAltNames: wanted = { dnsNames: [], ipAddresses: [] }, noOtherNames = false }: Expectation,
): string | undefined {
  const { missing, extra } = sanDifference(wanted, present)
  if (missing.length > 0) return `it lacks the names ${missing.join(', ')}`
  const others = [...extra, ...present.emails, ...present.uris, ...present.others]
  return noOtherNames && others.length > 0 ? `it has names that nobody asked for: ${others.join(', ')}` : undefined
}

/** A root from before X.509 version 3 does not say that it is one. */
function mayIssue({ node, subject, issuer }: ReadCertificate): boolean {
  return node.ca || subject === issuer
}

/** Whether a path of signatures leads from `leaf`, by way of the other certificates of `chain`, to one of `roots`. */
function leadsTo(leaf: ReadCertificate, chain: readonly ReadCertificate[], roots: readonly ReadCertificate[]): boolean {
  const issued = ({ node }: ReadCertificate, issuer: ReadCertificate): boolean =>
    node.checkIssued(issuer.node) && node.verify(issuer.publicKey)
  if (roots.some((root) => issued(leaf, root))) return true
  const others = chain.filter((other) => other !== leaf)
  return others.some((other) => other.node.ca && issued(leaf, other) && leadsTo(other, others, roots))
}

/** One key can be written in two ways, such as a point of a curve compressed; nearly always it is as we wrote it. */
function bearsKey({ publicKey, contents }: ReadCertificate, spki: Uint8Array): boolean {
  return (
    contents.spki.equals(spki) ||
    publicKey.equals(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }))
  )
}

function refused(rule: string, cause?: unknown): CertletError {
  return new CertletError('CERTIFICATE_REFUSED', `Cannot use the issued certificate: ${rule}`, { cause })
}
