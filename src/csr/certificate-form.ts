import type { KeyObject } from 'node:crypto'
import type { ReadCertificate } from './certificate.ts'

/** Most that a signer may hand out, characters of PEM and certificates. A leaf has two thousand; chains of more than four are not seen. */
const LARGEST = { text: 64 * 1024, certificates: 10 }

/** Least bits of an RSA key. Source: Go crypto/x509 and NIST SP 800-57, which the API server's TLS follows. */
const LEAST_RSA_BITS = 2048

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']
const HASHES: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512']

/** Why a text is too much to be read at all, in words; undefined if it is not. */
export function excess(pem: string): string | undefined {
  if (pem.length > LARGEST.text) return `it has ${pem.length} characters, and ${LARGEST.text} are enough for any chain`
  const blocks = pem.match(/^-----BEGIN CERTIFICATE-----/gm)?.length ?? 0
  return blocks > LARGEST.certificates ? `it has ${blocks} certificates in it` : undefined
}

/**
 * What is wrong with a certificate whatever was asked for, in words; undefined if nothing is: bytes behind it, an extension twice (which
 * one counts is then another matter for every reader), a key or a signature that can be forged.
 */
export function brokenForm(certificate: ReadCertificate): string | undefined {
  const { publicKey, followed, contents } = certificate
  if (followed) return 'there is something behind it in its PEM block'
  const kinds = contents.extensions.map(({ type }) => type)
  const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index)
  if (twice !== undefined) return `it has the extension ${twice} twice`
  return weakKey(publicKey) ?? weakSignature(certificate)
}

function weakKey({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): string | undefined {
  const { modulusLength = 0, namedCurve = '' } = details
  switch (type) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength < LEAST_RSA_BITS ? `its key is weak: RSA of ${modulusLength} bits` : undefined
    case 'ec':
      return CURVES.includes(namedCurve) ? undefined : `its key is weak: the curve ${namedCurve}`
    case 'ed25519':
    case 'ed448':
      return undefined
    default:
      return `its key is of a kind that no API server takes: ${type ?? 'unknown'}`
  }
}

/** A root's own signature is nobody's word for anything. */
function weakSignature({ signatureAlgorithm, subject, issuer }: ReadCertificate): string | undefined {
  if (subject === issuer) return undefined
  if ('oid' in signatureAlgorithm) return `its signature is of a kind that is not known: ${signatureAlgorithm.oid}`
  const { scheme, hash } = signatureAlgorithm
  if (hash === undefined || HASHES.includes(hash)) return undefined
  return `its signature is weak: ${scheme} with ${hash}`
}
