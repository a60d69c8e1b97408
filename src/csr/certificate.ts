import { X509Certificate } from 'node:crypto'
import { x509 } from '../identity/crypto-provider.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import { alternativeNames, type AlternativeNames } from './alternative-names.ts'

/** What a certificate says. */
export interface Certificate {
  /** For people, as in `O=system:nodes, CN=system:node:worker-1`. */
  subject: string
  issuer: string
  commonName: string
  organization: string[]
  /** Hexadecimal, lower case. */
  serial: string
  subjectAltNames: AlternativeNames
  notBefore: Date
  notAfter: Date
}

/** A certificate in the three forms that the rules need. */
export interface ReadCertificate extends Certificate {
  node: X509Certificate
  extensions: x509.X509Certificate
  pem: string
}

/**
 * All certificates of a PEM text, in its order; headers, text and other blocks are dropped.
 * @throws Error if a CERTIFICATE block does not hold a certificate.
 */
export function readCertificates(pem: string): ReadCertificate[] {
  return pemBlocks(pem)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ der }) => readCertificate(der))
}

/** @throws Error if the bytes are no certificate. */
export function readCertificate(der: Uint8Array): ReadCertificate {
  const node = new X509Certificate(der)
  const parsed = new x509.X509Certificate(Buffer.from(der))
  return {
    node,
    extensions: parsed,
    pem: encodePem('CERTIFICATE', der),
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
