import { x509, cryptoProvider } from '../../src/identity/crypto-provider.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import type { Pair } from '../../src/store/pair.ts'
import { webCryptoKeys } from './web-crypto-keys.ts'

/** A sound pair: a new P-256 key and a self-signed certificate for it. */
export async function makePair(): Promise<Pair> {
  const keys = await generateKeyPair('ecdsa-p256')
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=system:node:n',
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2040-01-01'),
      ...(await webCryptoKeys(keys)),
    },
    cryptoProvider,
  )
  return { certificatePem: certificate.toString('pem') + '\n', privateKeyPem: keys.privateKeyPem }
}
