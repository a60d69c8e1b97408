import { createHash, X509Certificate } from 'node:crypto'
import { CertletError } from '../errors.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import { hideTokens } from './bootstrap-token.ts'

/** SHA-256 of a CA's public key, in lower-case hex. */
export type CaPin = string & { readonly brand: 'CaPin' }

/**
 * Reads pins as kubeadm takes them: `sha256:` and 64 hex digits, in any case.
 * @throws CertletError PIN_MALFORMED. Source: cmd/kubeadm/app/util/pubkeypin/pubkeypin.go, Set.Allow.
 */
export function parsePins(texts: readonly string[]): CaPin[] {
  return texts.map((text) => {
    const hex = /^sha256:([0-9a-f]{64})$/i.exec(text)?.[1]
    if (hex !== undefined) return hex.toLowerCase() as CaPin
    throw new CertletError(
      'PIN_MALFORMED',
      `Cannot use the CA pin ${JSON.stringify(hideTokens(text))}: ${faultOf(hideTokens(text))}`,
    )
  })
}

/** The pin of a certificate, over its SubjectPublicKeyInfo: a renewed CA with the same key keeps its pin. */
export function pinOf(certificate: X509Certificate): CaPin {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex') as CaPin
}

/** A pin in the form that `parsePins` reads. */
export function pinText(pin: CaPin): string {
  return `sha256:${pin}`
}

/** The certificates of a CA bundle; undefined if there is none in it, or one that does not parse. */
export function certificatesOf(caPem: string): X509Certificate[] | undefined {
  const blocks = pemBlocks(caPem).filter(({ label }) => label === 'CERTIFICATE')
  try {
    return blocks.length === 0 ? undefined : blocks.map(({ der }) => new X509Certificate(der))
  } catch {
    return undefined
  }
}

/** The certificates alone, without the text around them. */
export function bundleOf(certificates: readonly X509Certificate[]): string {
  return certificates.map(({ raw }) => encodePem('CERTIFICATE', raw)).join('')
}

/**
 * Requires that one of the certificates is pinned.
 * @throws CertletError CA_NOT_PINNED, with the pins that the server's CA has. Source: pubkeypin.go, Set.CheckAny.
 */
export function requirePinned(certificates: readonly X509Certificate[], pins: readonly CaPin[]): void {
  const found = certificates.map(pinOf)
  if (found.some((pin) => pins.includes(pin))) return
  throw new CertletError(
    'CA_NOT_PINNED',
    `Cannot trust this cluster: its CA has ${found.map(pinText).join(', ')}, and the pin given is ${pins.map(pinText).join(', ')}`,
  )
}

function faultOf(text: string): string {
  const [algorithm = '', value] = text.split(':')
  if (value === undefined) return 'it must begin with "sha256:"'
  if (algorithm.toLowerCase() !== 'sha256') return `"${algorithm}" is not sha256, the only algorithm there is`
  return `after "sha256:" there must be 64 hex digits, and there are ${text.length - 'sha256:'.length} characters`
}
