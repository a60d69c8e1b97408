/** What Node's X509Certificate does not tell of a certificate, read from its DER (RFC 5280 §4.1). */
import { type Element, readElement, readObjectIdentifier, readSequence } from './der-reader.ts'

export interface CertificateContents {
  /** Hexadecimal, lower case, as few octets as an unsigned number needs. */
  readonly serial: string
  /** Names as whole elements: see `readName`. */
  readonly issuer: Buffer
  readonly subject: Buffer
  /** Subject public key info, a whole element. */
  readonly spki: Buffer
  /** What it is signed with: a whole AlgorithmIdentifier. */
  readonly signatureAlgorithm: Buffer
  /** In their order. */
  readonly extensions: readonly Extension[]
}

export interface Extension {
  /** Dotted object identifier. */
  readonly type: string
  /** What the OCTET STRING holds. */
  readonly value: Buffer
}

/** Object identifiers of the extensions that certlet knows. Source: RFC 5280 §4.2.1. */
export const ExtensionType = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extKeyUsage: '2.5.29.37',
} as const

/** Source: RFC 5280 §4.2.1.12. */
export const ExtendedKeyUsage = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

/** `[0] EXPLICIT Version`, absent from certificates of version 1. */
const VERSION = 0xa0
/** `[3] EXPLICIT Extensions`. */
const EXTENSIONS = 0xa3

/**
 * @param der - the certificate, with nothing behind it.
 * @throws TypeError if it does not parse. Only the structure is looked at.
 */
export function readCertificateContents(der: Buffer): CertificateContents {
  const [signed, signatureAlgorithm] = readSequence(der)
  const fields = readSequence(signed?.whole)
  if (fields[0]?.identifier === VERSION) fields.shift()
  const [serial, , issuer, , subject, spki, ...optional] = fields
  if (!serial || !issuer || !subject || !spki || !signatureAlgorithm) throw new TypeError('malformed certificate')
  const list = optional.find(({ identifier }) => identifier === EXTENSIONS)
  return {
    serial: serial.contents.toString('hex').replace(/^00(?=[89a-f])/, ''),
    issuer: issuer.whole,
    subject: subject.whole,
    spki: spki.whole,
    signatureAlgorithm: signatureAlgorithm.whole,
    extensions: list ? readSequence(list.contents).map(readExtension) : [],
  }
}

function readExtension({ whole }: Element): Extension {
  const parts = readSequence(whole)
  const [type, value] = [parts[0], parts.at(-1)] // between both, whether it is critical
  if (!type || !value || parts.length > 3 || parts.length < 2) throw new TypeError('malformed extension')
  return { type: readObjectIdentifier(type.contents), value: value.contents }
}

/** The value of the last extension of that type; undefined without one. */
export function extensionValue(
  { extensions }: Pick<CertificateContents, 'extensions'>,
  type: string,
): Buffer | undefined {
  return extensions.findLast((extension) => extension.type === type)?.value
}

/** Numbers of the bits that a key usage has set (0 is digital signature); undefined without the extension. */
export function keyUsageBits(contents: Pick<CertificateContents, 'extensions'>): number[] | undefined {
  const value = extensionValue(contents, ExtensionType.keyUsage)
  const octets = value && readElement(value, 0x03)?.contents.subarray(1)
  if (value && !octets) throw new TypeError('malformed key usage')
  return octets && [...octets].flatMap((octet, at) => bits(octet).map((bit) => at * 8 + bit))
}

const bits = (octet: number): number[] => [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (octet & (0x80 >> bit)) !== 0)

/** Dotted object identifiers of an extended key usage; undefined without the extension. */
export function extendedKeyUsages(contents: Pick<CertificateContents, 'extensions'>): string[] | undefined {
  const value = extensionValue(contents, ExtensionType.extKeyUsage)
  return value && readSequence(value).map((usage) => readObjectIdentifier(usage.contents))
}

/** Whether the basic constraints say that it is an authority. */
export function saysCa(contents: Pick<CertificateContents, 'extensions'>): boolean {
  const value = extensionValue(contents, ExtensionType.basicConstraints)
  const [ca] = value ? readSequence(value) : []
  return ca?.identifier === 0x01 && ca.contents.some((octet) => octet !== 0)
}
