import { createECDH, createHash, createPrivateKey, createPublicKey } from 'node:crypto'

const CURVE = 'prime256v1'

/** Private keys as PEM that follow from their number: making them costs nothing after the first life, and each run has the same. */
export function keyPem(number: number): string {
  const known = pool[number]
  if (known !== undefined) return known
  const pem = make(number)
  pool[number] = pem
  return pem
}

const pool: string[] = []

function make(number: number): string {
  const ecdh = createECDH(CURVE)
  ecdh.setPrivateKey(createHash('sha256').update(`key ${number}`).digest())
  const [d, point] = [ecdh.getPrivateKey(), ecdh.getPublicKey()]
  const jwk = {
    ...{ kty: 'EC', crv: 'P-256', d: d.toString('base64url') },
    ...{ x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') },
  }
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'sec1' })
}

const digests = new Map<string, string>()

/** What tells a key from another: the same for the private key, its certificate and its request. */
export function keyOf(privateKeyPem: string): string {
  let digest = digests.get(privateKeyPem)
  if (digest === undefined) {
    digest = digestOf(createPublicKey(privateKeyPem).export({ format: 'der', type: 'spki' }))
    digests.set(privateKeyPem, digest)
  }
  return digest
}

export function digestOf(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('base64url').slice(0, 16)
}
