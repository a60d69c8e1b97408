import { createPrivateKey, X509Certificate } from 'node:crypto'
import { encodePem, pemBlocks } from '../pem.ts'

/** A certificate with its key, as text. */
export interface Pair {
  /** Certificates only, leaf first. */
  certificatePem: string
  /** One block. */
  privateKeyPem: string
}

/**
 * Reads a certificate and its key as Go's tls.X509KeyPair does, by which the kubelet reads them: all CERTIFICATE blocks of the one
 * text, the first private key of the other, and the first certificate must be for that key.
 * @returns what is wrong, in words, where there is no such pair.
 */
export function readPair(certificateText: string, keyText = certificateText): Pair | { broken: string } {
  const certificates = pemBlocks(certificateText).filter(({ label }) => label === 'CERTIFICATE')
  const [leaf] = certificates
  if (!leaf) return { broken: certificateText.trim() === '' ? 'it is empty' : 'there is no certificate in it' }
  const key = pemBlocks(keyText).find(({ label }) => /(^| )PRIVATE KEY$/.test(label))
  if (!key) return { broken: 'there is no private key in it' }
  const pair = {
    certificatePem: certificates.map(({ label, der }) => encodePem(label, der)).join(''),
    privateKeyPem: encodePem(key.label, key.der),
  }
  try {
    const matches = new X509Certificate(leaf.der).checkPrivateKey(createPrivateKey(pair.privateKeyPem))
    return matches ? pair : { broken: 'its key is not that of its certificate' }
  } catch {
    return { broken: 'its certificate or key cannot be parsed' } // OpenSSL's text says no more that helps, and might quote
  }
}
