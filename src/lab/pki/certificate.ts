/**
 * Certificates, assembled as Go's x509.CreateCertificate does: the same extensions in the same order.
 * Source: Go 1.19 crypto/x509, x509.go (buildCertExtensions, marshalKeyUsage, signingParamsForPublicKey).
 */
import { sign, type KeyObject } from 'node:crypto'

import * as der from '../../pki/der.ts'
import { encodeAlternativeNames, type SubjectAlternativeNames } from './subject-alternative-names.ts'

/** What a certificate says. */
export interface CertificateTemplate {
  /** Unsigned, big-endian. */
  readonly serial: Uint8Array
  /** DER of a name. */
  readonly subject: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Bit numbers of RFC 5280 §4.2.1.3; none leaves the extension out. */
  readonly keyUsage: readonly KeyUsageBit[]
  /** Dotted object identifiers; none leaves the extension out. */
  readonly extendedKeyUsage: readonly string[]
  readonly isCa: boolean
  readonly subjectKeyId?: Uint8Array | undefined
  readonly authorityKeyId?: Uint8Array | undefined
  readonly names?: SubjectAlternativeNames
}

/** Who signs. */
export interface Issuer {
  /** DER of its subject. */
  readonly name: Buffer
  readonly key: KeyObject
}

/** Bits of the keyUsage extension (RFC 5280 §4.2.1.3). */
export const KeyUsage = {
  digitalSignature: 0,
  contentCommitment: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  certSign: 5,
  crlSign: 6,
  encipherOnly: 7,
  decipherOnly: 8,
} as const
export type KeyUsageBit = (typeof KeyUsage)[keyof typeof KeyUsage]

/** DER of a signed certificate. */
export function createCertificate(template: CertificateTemplate, issuer: Issuer): Buffer {
  const { algorithm, hash } = signatureAlgorithm(issuer.key)
  const body = der.sequence(
    der.tagged(0, VERSION_3),
    der.unsignedInteger(template.serial),
    algorithm,
    issuer.name,
    der.sequence(der.time(template.notBefore), der.time(template.notAfter)),
    template.subject,
    template.spki,
    der.tagged(3, der.sequence(...extensions(template))),
  )
  return der.sequence(body, algorithm, der.bitString(sign(hash, body, issuer.key)))
}

const VERSION_3 = der.unsignedInteger(Buffer.from([2]))

function extensions(template: CertificateTemplate): Buffer[] {
  const list: Buffer[] = []
  const { keyUsage, extendedKeyUsage, isCa, subjectKeyId, authorityKeyId, names } = template
  if (keyUsage.length > 0) list.push(encodeExtension(extensionIds.keyUsage, keyUsageBits(keyUsage), true))
  if (extendedKeyUsage.length > 0) {
    list.push(encodeExtension(extensionIds.extKeyUsage, der.sequence(...extendedKeyUsage.map(der.objectIdentifier))))
  }
  list.push(encodeExtension(extensionIds.basicConstraints, der.sequence(...(isCa ? [der.boolean(true)] : [])), true))
  if (subjectKeyId) list.push(encodeExtension(extensionIds.subjectKeyId, der.octetString(subjectKeyId)))
  if (authorityKeyId) {
    list.push(encodeExtension(extensionIds.authorityKeyId, der.sequence(der.taggedPrimitive(0, authorityKeyId))))
  }
  const alternativeNames = names && encodeAlternativeNames(names)
  // RFC 5280 §4.2.1.6: critical when there is no subject to name the certificate.
  if (alternativeNames)
    list.push(encodeExtension(extensionIds.subjectAltName, alternativeNames, template.subject.equals(EMPTY)))
  return list
}

const EMPTY = der.sequence()

/** Identifiers of the extensions that certlet writes, in DER. */
export const extensionIds = {
  subjectKeyId: der.objectIdentifier('2.5.29.14'),
  keyUsage: der.objectIdentifier('2.5.29.15'),
  subjectAltName: der.objectIdentifier('2.5.29.17'),
  basicConstraints: der.objectIdentifier('2.5.29.19'),
  authorityKeyId: der.objectIdentifier('2.5.29.35'),
  extKeyUsage: der.objectIdentifier('2.5.29.37'),
}

const TRUE = der.boolean(true)

/** One Extension (RFC 5280 §4.1). @param id - as in {@link extensionIds}. */
export const encodeExtension = (id: Buffer, value: Buffer, critical = false): Buffer =>
  der.sequence(id, ...(critical ? [TRUE] : []), der.octetString(value))

/** A BIT STRING whose bit 0 is the highest of the first octet; trailing zero bits are not sent. */
function keyUsageBits(bits: readonly KeyUsageBit[]): Buffer {
  const last = Math.max(...bits)
  const octets = Buffer.alloc(last > 7 ? 2 : 1)
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return der.bitString(octets, 7 - (last & 7))
}

interface SignatureAlgorithm {
  readonly algorithm: Buffer
  readonly hash: string | null
}

/** By key, since Node looks a key's details up anew each time that it is asked. */
const algorithms = new WeakMap<KeyObject, SignatureAlgorithm>()

/** How a key signs certificates. */
export function signatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  const known = algorithms.get(key) ?? algorithmFor(key)
  algorithms.set(key, known)
  return known
}

/** Chosen by the issuer's key: RSA and P-224, P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512. */
export function algorithmFor(key: KeyObject): SignatureAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: signatureAlgorithms.rsaSha256, hash: 'sha256' }
    case 'ed25519':
      return { algorithm: signatureAlgorithms.ed25519, hash: null }
    case 'ec': {
      const curve = key.asymmetricKeyDetails?.namedCurve
      if (curve === 'secp384r1') return { algorithm: signatureAlgorithms.ecdsaSha384, hash: 'sha384' }
      if (curve === 'secp521r1') return { algorithm: signatureAlgorithms.ecdsaSha512, hash: 'sha512' }
      return { algorithm: signatureAlgorithms.ecdsaSha256, hash: 'sha256' }
    }
    default:
      throw new TypeError(`Cannot sign certificates with a key of type ${String(key.asymmetricKeyType)}`)
  }
}

const signatureAlgorithms = {
  rsaSha256: der.sequence(der.objectIdentifier('1.2.840.113549.1.1.11'), der.element(der.Tag.null)),
  ecdsaSha256: der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2')),
  ecdsaSha384: der.sequence(der.objectIdentifier('1.2.840.10045.4.3.3')),
  ecdsaSha512: der.sequence(der.objectIdentifier('1.2.840.10045.4.3.4')),
  ed25519: der.sequence(der.objectIdentifier('1.3.101.112')),
}
