import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto'
import { pemBlocks } from '../pem.ts'
import { cryptoProvider } from './crypto-provider.ts'

/** Kinds of key that certlet makes; the kubelet makes `ecdsa-p256` only. */
export const KEY_TYPES = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'] as const
export type KeyType = (typeof KEY_TYPES)[number]

/** A private key and everything that follows from it. */
export interface KeyPair {
  readonly type: KeyType
  /** As the kubelet writes it: SEC 1 `EC PRIVATE KEY`, PKCS#1 `RSA PRIVATE KEY`; PKCS#8 `PRIVATE KEY` for Ed25519. */
  readonly privateKeyPem: string
  /** Subject public key info, DER. */
  readonly spki: Uint8Array
  /** Keys of `cryptoProvider`. */
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  /** What a request of this key is signed with. */
  readonly signingAlgorithm: SigningAlgorithm
}

/** Web Crypto parameters of a signature; `hash` is absent where the algorithm implies it. */
export interface SigningAlgorithm {
  readonly name: string
  readonly hash?: string
}

interface KeyAlgorithm {
  readonly generate: object
  readonly signing: SigningAlgorithm
  readonly pem: 'sec1' | 'pkcs1' | 'pkcs8'
}

/** Hash by key size. Source: client-go util/cert, csr.go; P-384 and Ed25519 as Go's x509.CreateCertificateRequest chooses. */
const algorithms: Record<KeyType, KeyAlgorithm> = {
  'ecdsa-p256': ecdsa('P-256', 'SHA-256'),
  'ecdsa-p384': ecdsa('P-384', 'SHA-384'),
  'rsa-2048': rsa(2048, 'SHA-256'),
  'rsa-3072': rsa(3072, 'SHA-384'),
  'rsa-4096': rsa(4096, 'SHA-512'),
  ed25519: { generate: { name: 'Ed25519' }, signing: { name: 'Ed25519' }, pem: 'pkcs8' },
}

function ecdsa(namedCurve: string, hash: string): KeyAlgorithm {
  return { generate: { name: 'ECDSA', namedCurve }, signing: { name: 'ECDSA', hash }, pem: 'sec1' }
}

function rsa(modulusLength: number, hash: string): KeyAlgorithm {
  const name = 'RSASSA-PKCS1-v1_5'
  const publicExponent = new Uint8Array([1, 0, 1])
  return { generate: { name, hash, modulusLength, publicExponent }, signing: { name, hash }, pem: 'pkcs1' }
}

/** A new key. RSA takes from tenths of a second (2048) to seconds (4096) on a small machine. */
export async function generateKeyPair(type: KeyType): Promise<KeyPair> {
  const { subtle } = cryptoProvider
  const algorithm = algorithms[type].generate as webcrypto.EcKeyGenParams
  const keys: webcrypto.CryptoKeyPair = await subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const pkcs8 = await subtle.exportKey('pkcs8', keys.privateKey)
  return keyPair(type, createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }), keys)
}

/**
 * The first usable private key of a PEM text: `EC PRIVATE KEY`, `RSA PRIVATE KEY` or `PRIVATE KEY`. Other blocks, such as
 * `EC PARAMETERS`, and blocks that do not parse are skipped. Source: client-go util/keyutil, ParsePrivateKeyPEM.
 * @throws Error if there is none, or none of a kind in `KEY_TYPES`. The message never holds any of the text.
 */
export async function parseKeyPair(pem: string): Promise<KeyPair> {
  for (const key of privateKeys(pem)) {
    const type = keyType(key)
    if (type) return keyPair(type, key, await importKeys(type, key))
  }
  throw new Error('no usable private key found')
}

function* privateKeys(pem: string): Generator<KeyObject> {
  const encodings = { 'EC PRIVATE KEY': 'sec1', 'RSA PRIVATE KEY': 'pkcs1', 'PRIVATE KEY': 'pkcs8' } as const
  for (const { label, der } of pemBlocks(pem)) {
    if (!(label in encodings)) continue
    const key = tryPrivateKey(der, encodings[label as keyof typeof encodings])
    if (key) yield key
  }
}

function tryPrivateKey(der: Uint8Array, type: 'sec1' | 'pkcs1' | 'pkcs8'): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type })
  } catch {
    return undefined
  }
}

/** The type of a key; undefined for those that certlet does not use, such as P-521 or RSA of another size. */
function keyType({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | undefined {
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {}
  const name = {
    ec: namedCurve === 'prime256v1' ? 'ecdsa-p256' : namedCurve === 'secp384r1' ? 'ecdsa-p384' : '',
    rsa: `rsa-${modulusLength ?? 0}`,
    ed25519: 'ed25519',
  }[asymmetricKeyType as string]
  return KEY_TYPES.find((type) => type === name)
}

async function importKeys(type: KeyType, key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = cryptoProvider
  const algorithm = algorithms[type].generate as webcrypto.EcKeyImportParams
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  }
}

function keyPair(type: KeyType, key: KeyObject, { privateKey, publicKey }: webcrypto.CryptoKeyPair): KeyPair {
  const { pem, signing } = algorithms[type]
  return {
    type,
    privateKeyPem: key.export({ format: 'pem', type: pem }),
    spki: new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' })),
    privateKey,
    publicKey,
    signingAlgorithm: signing,
  }
}
