import { type KeyObject, X509Certificate } from 'node:crypto'
import { encodePem, pemBlocks } from '../pem.ts'
import {
  type CertificateContents,
  extendedKeyUsages,
  extensionValue,
  ExtensionType,
  keyUsageBits,
  readCertificateContents,
  saysCa,
} from '../pki/certificate-contents.ts'
import { nameText, readName, valuesOf } from '../pki/name.ts'
import { readSignatureAlgorithm } from '../pki/signature-algorithm.ts'
import { type AlternativeNames, readAlternativeNames } from './alternative-names.ts'

/** What a certificate says. */
export interface Certificate {
  /** For people, as in `O=system:nodes, CN=system:node:worker-1`. */
  readonly subject: string
  readonly issuer: string
  readonly commonName: string
  readonly organization: readonly string[]
  /** Hexadecimal, lower case. */
  readonly serial: string
  readonly subjectAltNames: AlternativeNames
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A certificate with all that the rules need. */
export interface ReadCertificate extends Certificate {
  readonly node: X509Certificate
  readonly contents: CertificateContents
  readonly pem: string
  readonly publicKey: KeyObject
  /** Whether bytes stand behind it. */
  readonly followed: boolean
  readonly signatureAlgorithm: ReturnType<typeof readSignatureAlgorithm>
  /** As its basic constraints say. */
  readonly ca: boolean
  /** Numbers of bits: 0 is digital signature. Undefined where nothing is ruled out. */
  readonly keyUsage: readonly number[] | undefined
  /** Dotted object identifiers. Undefined where nothing is ruled out. */
  readonly extendedKeyUsage: readonly string[] | undefined
}

/** How many texts are remembered: the pairs in use of both purposes, and what is on its way. */
const MOST = 8
const lately = new Map<string, readonly ReadCertificate[]>()

/**
 * All certificates of a PEM text, in its order; headers, text and other blocks are dropped.
 * @throws Error if a CERTIFICATE block does not hold a certificate.
 */
export function readCertificates(pem: string): readonly ReadCertificate[] {
  // A daemon looks at the same few at every turn, and parsing one takes milliseconds.
  const known = lately.get(pem)
  if (known) return known
  const read = pemBlocks(pem)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ der }) => readCertificate(der))
  const [oldest] = lately.keys()
  if (lately.size === MOST && oldest !== undefined) lately.delete(oldest)
  lately.set(pem, read)
  return read
}

/** @throws Error if the bytes are no certificate. */
export function readCertificate(der: Uint8Array): ReadCertificate {
  const node = new X509Certificate(der)
  const contents = readCertificateContents(node.raw)
  const subject = readName(contents.subject)
  return {
    node,
    contents,
    pem: encodePem('CERTIFICATE', der),
    publicKey: node.publicKey, // parsed only now: it may be none
    followed: node.raw.length !== der.length,
    signatureAlgorithm: readSignatureAlgorithm(contents.signatureAlgorithm),
    ca: saysCa(contents),
    keyUsage: keyUsageBits(contents),
    extendedKeyUsage: extendedKeyUsages(contents),
    subject: nameText(subject),
    issuer: nameText(readName(contents.issuer)),
    commonName: valuesOf(subject, 'CN').at(-1) ?? '',
    organization: valuesOf(subject, 'O'),
    serial: contents.serial,
    subjectAltNames: readAlternativeNames(extensionValue(contents, ExtensionType.subjectAltName)),
    notBefore: time(node.validFromDate),
    notAfter: time(node.validToDate),
  }
}

/** @throws RangeError for a time that is none: comparisons with it are false, whichever way round. */
function time(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw new RangeError('the certificate has no valid time')
  return date
}
