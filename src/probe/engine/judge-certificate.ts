/** Holds a certificate against what was asked for. */
import { createPublicKey } from 'node:crypto'
import { readCertificates, type ReadCertificate } from '../../csr/certificate.ts'
import { formatDuration, parseDuration } from '../../duration.ts'
import { fits } from '../../lab/documents/pattern.ts'
import { usageWordsOf } from '../../lab/pki/key-usages.ts'
import { extensionValue } from '../../pki/certificate-contents.ts'
import type { CertificateExpectation } from '../expectation.ts'

/** What a certificate is looked at with. */
export interface CertificateContext {
  /** The key of the request, DER. */
  readonly spki: Uint8Array
  readonly now: Date
  /** The signer's CA, PEM, where it is known. */
  readonly signerCaPem?: string | undefined
}

/** A line for each property that is not as expected. */
export function certificateDifferences(
  expected: CertificateExpectation,
  pem: string,
  context: CertificateContext,
): string[] {
  const certificates = parsed(pem)
  const [leaf] = certificates ?? []
  const faults = leaf ? faultsOf(leaf, context) : ['there is no certificate in status.certificate']
  const { wrong } = expected
  const unexpected =
    wrong === undefined
      ? faults
      : faults.some((fault) => fits(wrong, fault))
        ? faults.filter((fault) => !fits(wrong, fault))
        : [`expected something wrong like "${[wrong].flat().join('" or "')}", found nothing of that`, ...faults]
  if (!leaf || !certificates) return unexpected
  return [...unexpected, ...propertyDifferences(expected, leaf, certificates.length)]
}

function parsed(pem: string): readonly ReadCertificate[] | undefined {
  try {
    return readCertificates(pem)
  } catch {
    return undefined
  }
}

/** What no certificate should have, whatever a suite says. */
function faultsOf(leaf: ReadCertificate, { spki, now, signerCaPem }: CertificateContext): string[] {
  const faults: string[] = []
  if (!Buffer.from(spkiOf(leaf)).equals(spki)) faults.push('the certificate is for another key')
  if (now > leaf.notAfter) faults.push(`the certificate expired at ${leaf.notAfter.toISOString()}`)
  if (now < leaf.notBefore) faults.push(`the certificate is not valid before ${leaf.notBefore.toISOString()}`)
  if (signerCaPem !== undefined && !readCertificates(signerCaPem).some((ca) => leaf.node.verify(ca.node.publicKey))) {
    faults.push('the certificate is not signed by the signer’s CA')
  }
  return faults
}

const spkiOf = ({ node }: ReadCertificate): Uint8Array =>
  createPublicKey(node.publicKey.export({ format: 'pem', type: 'spki' })).export({ format: 'der', type: 'spki' })

function propertyDifferences(expected: CertificateExpectation, leaf: ReadCertificate, number: number): string[] {
  const { dnsNames, ipAddresses, emails, uris } = leaf.subjectAltNames
  const lists: [what: string, wanted: readonly string[] | undefined, found: readonly string[]][] = [
    ['organizations', expected.organizations, leaf.organization],
    ['DNS names', expected.dnsNames, dnsNames],
    ['addresses', expected.ipAddresses, ipAddresses],
    ['e-mail addresses', expected.emails, emails],
    ['URIs', expected.uris, uris],
    ['usages', expected.usages, usagesOf(leaf)],
  ]
  const { commonName, lifetime = {}, ca = false, lacks = [], certificates } = expected
  const ms = leaf.notAfter.getTime() - leaf.notBefore.getTime()
  const bound = (text: string | undefined, otherwise: number): number => parseDuration(text ?? '') ?? otherwise
  return [
    ...(commonName === undefined || commonName === leaf.commonName
      ? []
      : [`expected common name "${commonName}", found "${leaf.commonName}"`]),
    ...lists.flatMap(([what, wanted, found]) =>
      wanted === undefined || sameSet(wanted, found)
        ? []
        : [`expected ${what} [${wanted.join(', ')}], found [${found.join(', ')}]`],
    ),
    ...(ms > bound(lifetime.atMost, Infinity)
      ? [`expected a lifetime of at most ${lifetime.atMost ?? ''}, found ${formatDuration(ms)}`]
      : []),
    ...(ms < bound(lifetime.atLeast, 0)
      ? [`expected a lifetime of at least ${lifetime.atLeast ?? ''}, found ${formatDuration(ms)}`]
      : []),
    ...(leaf.node.ca === ca ? [] : [ca ? 'expected a CA, found none' : 'it is a CA']),
    ...lacks.flatMap((oid) => (extensionValue(leaf.contents, oid) ? [`it has the extension ${oid}`] : [])),
    ...(certificates === undefined || certificates === number
      ? []
      : [`expected ${certificates} certificates, found ${number}`]),
  ]
}

const usagesOf = ({ keyUsage = [], extendedKeyUsage = [] }: ReadCertificate): string[] =>
  usageWordsOf(keyUsage, extendedKeyUsage)

const sameSet = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted())
