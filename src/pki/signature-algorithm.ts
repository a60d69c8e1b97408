/** Algorithms that certificates and requests are signed with. Source: RFC 3279 §2.2, RFC 4055, RFC 5758 §3, RFC 8410 §3. */
import { element, objectIdentifier, sequence, Tag } from './der.ts'
import { readElements, readObjectIdentifier, readSequence } from './der-reader.ts'

export interface SignatureAlgorithm {
  readonly scheme: 'RSASSA-PKCS1-v1_5' | 'RSASSA-PSS' | 'DSA' | 'ECDSA' | 'Ed25519' | 'Ed448'
  /** Absent where the scheme implies it. */
  readonly hash?: Hash
}

export type Hash = 'MD5' | 'SHA-1' | 'SHA-224' | 'SHA-256' | 'SHA-384' | 'SHA-512'

const PSS = '1.2.840.113549.1.1.10'

const ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  '1.2.840.113549.1.1.4': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'MD5' },
  '1.2.840.113549.1.1.5': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' },
  '1.2.840.113549.1.1.14': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-224' },
  '1.2.840.113549.1.1.11': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  '1.2.840.113549.1.1.12': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  '1.2.840.113549.1.1.13': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  '1.2.840.10040.4.3': { scheme: 'DSA', hash: 'SHA-1' },
  '1.2.840.10045.4.1': { scheme: 'ECDSA', hash: 'SHA-1' },
  '1.2.840.10045.4.3.1': { scheme: 'ECDSA', hash: 'SHA-224' },
  '1.2.840.10045.4.3.2': { scheme: 'ECDSA', hash: 'SHA-256' },
  '1.2.840.10045.4.3.3': { scheme: 'ECDSA', hash: 'SHA-384' },
  '1.2.840.10045.4.3.4': { scheme: 'ECDSA', hash: 'SHA-512' },
  '1.3.101.112': { scheme: 'Ed25519' },
  '1.3.101.113': { scheme: 'Ed448' },
}

/** Hashes that RSASSA-PSS names in its parameters. */
const HASHES: Readonly<Record<string, Hash>> = {
  '1.3.14.3.2.26': 'SHA-1',
  '2.16.840.1.101.3.4.2.4': 'SHA-224',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
}

/**
 * @param der - a whole AlgorithmIdentifier.
 * @returns the object identifier alone for one that is not known.
 * @throws TypeError if it does not parse.
 */
export function readSignatureAlgorithm(der: Buffer): SignatureAlgorithm | { readonly oid: string } {
  const [identifier, parameters] = readSequence(der)
  const oid = readObjectIdentifier(identifier?.contents ?? der)
  if (oid !== PSS) return ALGORITHMS[oid] ?? { oid }
  const [named] = parameters ? readElements(parameters.contents) : []
  // `[0] EXPLICIT AlgorithmIdentifier`; SHA-1 without it.
  const [hash] = named?.identifier === 0xa0 ? readSequence(named.contents) : []
  const known = hash ? HASHES[readObjectIdentifier(hash.contents)] : 'SHA-1'
  return known ? { scheme: 'RSASSA-PSS', hash: known } : { oid }
}

/** The AlgorithmIdentifier, DER. RSA has NULL for parameters, the others have none. */
export function encodeSignatureAlgorithm({ scheme, hash }: SignatureAlgorithm): Buffer {
  const found = Object.entries(ALGORITHMS).find(([, one]) => one.scheme === scheme && one.hash === hash)
  if (!found) throw new TypeError(`no object identifier for ${scheme} with ${hash ?? 'no hash'}`)
  const parameters = scheme === 'RSASSA-PKCS1-v1_5' ? [element(Tag.null)] : []
  return sequence(objectIdentifier(found[0]), ...parameters)
}
