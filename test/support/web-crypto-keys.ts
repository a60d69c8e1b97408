import type { webcrypto } from 'node:crypto'
import { cryptoProvider } from '../../src/identity/crypto-provider.ts'
import type { KeyPair } from '../../src/identity/key-pair.ts'

/** Our keys (ECDSA P-256) as @peculiar/x509 takes them, with what it signs with. */
export async function webCryptoKeys({ privateKey, spki }: Pick<KeyPair, 'privateKey' | 'spki'>): Promise<{
  keys: webcrypto.CryptoKeyPair
  signingAlgorithm: { name: string; hash: string }
}> {
  const { subtle } = cryptoProvider
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  return {
    keys: {
      privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
      publicKey: await subtle.importKey('spki', Uint8Array.from(spki), algorithm, true, ['verify']),
    },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  }
}
