import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generateKeys,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { pemBlocks } from '../pem.ts'

/** Kinds of key that certlet makes; the kubelet makes `ecdsa-p256` only. */
export const KEY_TYPES = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'] as const
export type KeyType = (typeof KEY_TYPES)[number]

/** A private key and everything that follows from it. */
export interface KeyPair {
  readonly type: KeyType
  readonly privateKey: KeyObject
  /** As the kubelet writes it: SEC 1 `EC PRIVATE KEY`, PKCS#1 `RSA PRIVATE KEY`; PKCS#8 `PRIVATE KEY` for Ed25519. */
  readonly privateKeyPem: string
  /** Subject public key info, DER. */
  readonly spki: Uint8Array
}

const ENCODINGS = {
  'ecdsa-p256': 'sec1',
  'ecdsa-p384': 'sec1',
  'rsa-2048': 'pkcs1',
  'rsa-3072': 'pkcs1',
  'rsa-4096': 'pkcs1',
  ed25519: 'pkcs8',
} as const satisfies Record<KeyType, string>

/**
 * A new key. RSA takes from tenths of a second (2048) to seconds (4096) on a small machine, in another thread; the others are made at once,
 * in less time than that thread takes to begin.
 */
export async function generateKeyPair(type: KeyType): Promise<KeyPair> {
  return keyPair(type, (await generate(type)).privateKey)
}

const generateRsa = promisify(generateKeys)

function generate(type: KeyType): { privateKey: KeyObject } | Promise<{ privateKey: KeyObject }> {
  switch (type) {
    case 'ecdsa-p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'ecdsa-p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'ed25519':
      return generateKeyPairSync('ed25519')
    default:
      return generateRsa('rsa', { modulusLength: Number(type.slice('rsa-'.length)) })
  }
}

/**
 * The first usable private key of a PEM text: `EC PRIVATE KEY`, `RSA PRIVATE KEY` or `PRIVATE KEY`. Other blocks, such as
 * `EC PARAMETERS`, and blocks that do not parse are skipped. Source: client-go util/keyutil, ParsePrivateKeyPEM.
 * @throws Error if there is none, or none of a kind in `KEY_TYPES`. The message never holds any of the text.
 */
export function parseKeyPair(pem: string): KeyPair {
  for (const key of privateKeys(pem)) {
    const type = keyType(key)
    if (type) return keyPair(type, key)
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

function keyPair(type: KeyType, privateKey: KeyObject): KeyPair {
  return {
    type,
    privateKey,
    privateKeyPem: privateKey.export({ format: 'pem', type: ENCODINGS[type] }),
    spki: new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' })),
  }
}
