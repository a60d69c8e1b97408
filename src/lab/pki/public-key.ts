/**
 * Public keys and request signatures, checked as Go's crypto/x509 does.
 * Source: Go 1.19 crypto/x509, parser.go (parsePublicKey), x509.go (checkSignature, signatureAlgorithmDetails).
 */
import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto'

import { readElement, readInteger } from '../../pki/der-reader.ts'
import type { RawValue } from './go-asn1.ts'
import { objectIdentifier } from './go-asn1-types.ts'
import { RequestError } from './request-error.ts'

/** A subject's key: its algorithm in Go's name, and what is known of its size. Unknown algorithms are allowed in Go, but no signature verifies. */
export interface PublicKey {
  readonly algorithm: 'RSA' | 'ECDSA' | 'Ed25519' | 'DSA' | 'unknown'
  /** `P-256` and the like, for ECDSA. */
  readonly curve?: string
  /** Of the modulus, for RSA. */
  readonly bits?: number
  /** Where it had to be imported to be checked: that takes longer than everything else here. */
  readonly imported?: KeyObject
}

export interface AlgorithmIdentifier {
  readonly algorithm: string
  readonly parameters: RawValue | undefined
}

const algorithms: Readonly<Record<string, PublicKey['algorithm']>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.10040.4.1': 'DSA',
  '1.2.840.10045.2.1': 'ECDSA',
  '1.3.101.112': 'Ed25519',
}

/** With the octets of one coordinate. */
const curves: Readonly<Record<string, { name: string; octets: number }>> = {
  '1.3.132.0.33': { name: 'P-224', octets: 28 },
  '1.2.840.10045.3.1.7': { name: 'P-256', octets: 32 },
  '1.3.132.0.34': { name: 'P-384', octets: 48 },
  '1.3.132.0.35': { name: 'P-521', octets: 66 },
}

const NULL = Buffer.from([0x05, 0x00])

/**
 * @param key - contents of the subjectPublicKey bit string.
 * @param spki - the whole SubjectPublicKeyInfo.
 * @throws RequestError with Go's text.
 */
export function parsePublicKey(identifier: AlgorithmIdentifier, key: Buffer, spki: Buffer): PublicKey {
  const algorithm = algorithms[identifier.algorithm] ?? 'unknown'
  switch (algorithm) {
    case 'RSA':
      return { algorithm, bits: rsaBits(identifier, key) }
    case 'ECDSA':
      return { algorithm, ...ecdsaKey(identifier, key, spki) }
    case 'Ed25519':
      if (identifier.parameters) throw new RequestError('x509: Ed25519 key encoded with illegal parameters')
      if (key.length !== 32) throw new RequestError('x509: wrong Ed25519 public key size')
      return { algorithm }
    case 'DSA':
      checkDsa(identifier, key)
      return { algorithm }
    case 'unknown':
      return { algorithm }
  }
}

function rsaBits({ parameters }: AlgorithmIdentifier, key: Buffer): number {
  if (!parameters?.full.equals(NULL)) throw new RequestError('x509: RSA key missing NULL parameters')
  const outer = readElement(key, 0x30)
  if (outer === undefined) throw new RequestError('x509: invalid RSA public key')
  const modulus = readInteger(outer.contents)
  if (modulus === undefined) throw new RequestError('x509: invalid RSA modulus')
  const exponent = readInteger(modulus.rest)
  if (exponent === undefined || BigInt.asIntN(64, exponent.value) !== exponent.value) {
    throw new RequestError('x509: invalid RSA public exponent')
  }
  if (modulus.value <= 0n) throw new RequestError('x509: RSA modulus is not a positive number')
  if (exponent.value <= 0n) throw new RequestError('x509: RSA public exponent is not a positive number')
  return modulus.value.toString(2).length
}

function ecdsaKey(
  { parameters }: AlgorithmIdentifier,
  key: Buffer,
  spki: Buffer,
): { curve: string; imported: KeyObject } {
  const oid = parameters && readElement(parameters.full, 0x06)
  if (oid === undefined) throw new RequestError('x509: invalid ECDSA parameters')
  const curve = curves[dotted(oid.contents)]
  if (curve === undefined) throw new RequestError('x509: unsupported elliptic curve')
  const uncompressed = key[0] === 4 && key.length === 1 + 2 * curve.octets
  const imported = uncompressed ? importKey(spki) : undefined
  if (!imported) throw new RequestError('x509: failed to unmarshal elliptic curve point')
  return { curve: curve.name, imported }
}

function dotted(contents: Buffer): string {
  try {
    return objectIdentifier.read({ contents } as RawValue)
  } catch {
    throw new RequestError('x509: invalid ECDSA parameters')
  }
}

function checkDsa({ parameters }: AlgorithmIdentifier, key: Buffer): void {
  const y = readInteger(key)
  if (y === undefined) throw new RequestError('x509: invalid DSA public key')
  const values = [y.value]
  let left = parameters && readElement(parameters.full, 0x30)?.contents
  for (let count = 0; count < 3; count++) {
    const next = left && readInteger(left)
    if (next === undefined) throw new RequestError('x509: invalid DSA parameters')
    values.push(next.value)
    left = next.rest
  }
  if (values.some((value) => value <= 0n)) throw new RequestError('x509: zero or negative DSA parameter')
}

function importKey(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

interface SignatureAlgorithm {
  readonly name: string
  readonly key: PublicKey['algorithm']
  readonly hash: string | null
  readonly pss?: boolean
}

const PSS = '1.2.840.113549.1.1.10'

const signatureAlgorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.4': { name: 'MD5-RSA', key: 'RSA', hash: 'md5' },
  '1.2.840.113549.1.1.5': { name: 'SHA1-RSA', key: 'RSA', hash: 'sha1' },
  '1.3.14.3.2.29': { name: 'SHA1-RSA', key: 'RSA', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { name: 'SHA256-RSA', key: 'RSA', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { name: 'SHA384-RSA', key: 'RSA', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { name: 'SHA512-RSA', key: 'RSA', hash: 'sha512' },
  '1.2.840.10040.4.3': { name: 'DSA-SHA1', key: 'DSA', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.2': { name: 'DSA-SHA256', key: 'DSA', hash: 'sha256' },
  '1.2.840.10045.4.1': { name: 'ECDSA-SHA1', key: 'ECDSA', hash: 'sha1' },
  '1.2.840.10045.4.3.2': { name: 'ECDSA-SHA256', key: 'ECDSA', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { name: 'ECDSA-SHA384', key: 'ECDSA', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { name: 'ECDSA-SHA512', key: 'ECDSA', hash: 'sha512' },
  '1.3.101.112': { name: 'Ed25519', key: 'Ed25519', hash: null },
}

const goKeyTypes = { RSA: '*rsa.PublicKey', ECDSA: '*ecdsa.PublicKey', Ed25519: 'ed25519.PublicKey' } as const

/**
 * Verifies a request's own signature.
 * @throws RequestError with Go's text.
 */
export function checkSignature(
  identifier: AlgorithmIdentifier,
  signed: Buffer,
  signature: Buffer,
  { algorithm, imported }: PublicKey,
  spki: Buffer,
): void {
  const details = signatureAlgorithm(identifier)
  if (details === undefined) throw new RequestError('x509: cannot verify signature: algorithm unimplemented')
  if (details.hash === 'md5') {
    throw new RequestError(`x509: cannot verify signature: insecure algorithm ${details.name}`)
  }
  if (algorithm === 'DSA' || algorithm === 'unknown') {
    throw new RequestError('x509: cannot verify signature: algorithm unimplemented')
  }
  if (details.key !== algorithm) {
    throw new RequestError(
      `x509: signature algorithm specifies an ${details.key} public key, but have public key of type ${goKeyTypes[algorithm]}`,
    )
  }
  if (!verifies(details, signed, signature, imported ?? importKey(spki))) {
    throw new RequestError(
      algorithm === 'RSA' ? 'crypto/rsa: verification error' : `x509: ${algorithm} verification failure`,
    )
  }
}

function verifies(
  { hash, pss }: SignatureAlgorithm,
  signed: Buffer,
  signature: Buffer,
  key: KeyObject | undefined,
): boolean {
  if (key === undefined) return false
  const padding = pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : undefined
  try {
    return verify(hash, signed, { key, ...padding }, signature)
  } catch {
    return false
  }
}

/** Undefined for algorithms that Go does not know. */
function signatureAlgorithm({ algorithm, parameters }: AlgorithmIdentifier): SignatureAlgorithm | undefined {
  if (algorithm === PSS) return undefined
  const found = signatureAlgorithms[algorithm]
  return found?.key === 'Ed25519' && parameters !== undefined ? undefined : found
}
