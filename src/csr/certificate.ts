import { type KeyObject, X509Certificate } from 'node:crypto'
import { x509 } from '../identity/crypto-provider.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import { alternativeNames, type AlternativeNames } from './alternative-names.ts'

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

/** A certificate in the three forms that the rules need. */
export interface ReadCertificate extends Certificate {
  readonly node: X509Certificate
  readonly extensions: x509.X509Certificate
  readonly pem: string
  readonly publicKey: KeyObject
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
  const parsed = new x509.X509Certificate(Buffer.from(der))
  return {
    node,
    extensions: parsed,
    pem: encodePem('CERTIFICATE', der),
    publicKey: node.publicKey, // parsed only now: it may be none
    subject: parsed.subject,
    issuer: parsed.issuer,
    commonName: parsed.subjectName.getField('CN').at(-1) ?? '',
    organization: parsed.subjectName.getField('O'),
    serial: parsed.serialNumber,
    subjectAltNames: alternativeNames(parsed.getExtension(x509.SubjectAlternativeNameExtension)),
    notBefore: parsed.notBefore,
    notAfter: parsed.notAfter,
  }
}
