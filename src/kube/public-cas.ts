import { isSea } from 'node:sea'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/**
 * PEM of the CAs that vouch for a server whose CA nobody names: Node's own, those of NODE_EXTRA_CA_CERTS, and this machine's, by which a
 * kubelet goes. Source: Go, crypto/x509 (Certificate.Verify without VerifyOptions.Roots).
 */
export function publicCas(): string[] {
  // The one file has Node.js not read its own at each start (scripts/build-binary.ts), and so has no default.
  const kinds = isSea() ? (['bundled', 'extra', 'system'] as const) : (['default', 'system'] as const)
  return [...new Set(kinds.flatMap((kind) => getCACertificates(kind)))]
}

let trusted = false

/** Has TLS go by them, in the whole process, where no CA is named: a tenth of a second, once. */
export function trustPublicCas(): void {
  if (trusted) return
  trusted = true
  setDefaultCACertificates(publicCas())
}
