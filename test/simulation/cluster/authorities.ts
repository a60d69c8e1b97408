import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { Authority } from '../../../src/lab/pki/authority.ts'
import { createCertificate, KeyUsage } from '../../../src/lab/pki/certificate.ts'
import { encodeName, nameOf } from '../../../src/lab/pki/distinguished-name.ts'
import { encodePem } from '../../../src/lab/pki/pem.ts'

/** DER of a private key in PKCS#8, up to the key itself. Sources: RFC 8410 (Ed25519); RFC 5915 (P-256). */
const ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

const DAY_MS = 86_400_000

/**
 * A certificate authority. Its key is an Ed25519 key that follows from the number: its signatures are the same at each run, and with them
 * whatever nodes draw from their certificates.
 */
export function authorityOf(name: string, number: number): Authority {
  const secret = Buffer.alloc(32, `${name} ${number} `)
  const key = createPrivateKey({ key: Buffer.concat([ED25519, secret]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const subject = encodeName(nameOf(`${name}-${number}`))
  const keyId = spki.subarray(-20)
  const notAfter = new Date(Date.UTC(2026, 0, 1) + 36_500 * DAY_MS)
  const certificate = createCertificate(
    {
      ...{ subject, spki, notAfter, isCa: true, subjectKeyId: keyId },
      serial: Buffer.from([1, number]),
      notBefore: new Date(Date.UTC(2020, 0, 1)),
      keyUsage: [KeyUsage.digitalSignature, KeyUsage.keyEncipherment, KeyUsage.certSign],
      extendedKeyUsage: [],
    },
    { name: subject, key },
  )
  const certificatePem = encodePem('CERTIFICATE', certificate)
  return { certificatePem, keyPem: '', key, name: subject, keyId, notAfter }
}
