import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { ProbeKey } from '../request-body.ts'
import type { ProbeKeyType } from '../request-description.ts'

const generate = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ privateKey: KeyObject }>

/** A new key. RSA with 4096 bits takes seconds on a small machine, though not of the event loop. */
export async function makeKey(type: ProbeKeyType): Promise<ProbeKey> {
  const [algorithm, options] = parametersOf(type)
  const { privateKey } = await generate(algorithm, options)
  return { type, privateKey, spki: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }) }
}

function parametersOf(type: ProbeKeyType): [algorithm: string, options: object] {
  switch (type) {
    case 'ecdsa-p256':
      return ['ec', { namedCurve: 'prime256v1' }]
    case 'ecdsa-p384':
      return ['ec', { namedCurve: 'secp384r1' }]
    case 'ecdsa-p521':
      return ['ec', { namedCurve: 'secp521r1' }]
    case 'rsa-1024':
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return ['rsa', { modulusLength: Number(type.slice('rsa-'.length)) }]
    case 'ed25519':
      return ['ed25519', {}]
  }
}
