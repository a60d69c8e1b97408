import { createHmac, timingSafeEqual } from 'node:crypto'
import type { BootstrapToken } from './bootstrap-token.ts'

/**
 * Signs `payload` with a bootstrap token: a compact JWS with detached content, HS256, the token's secret as the key. Every signer
 * makes the same bytes, so comparing is verifying, which is what kubeadm does.
 * Source: cluster-bootstrap token/jws/jws.go, ComputeDetachedSignature; RFC 7515 appendix F.
 */
export function detachedSignature(payload: string, { id, secret }: BootstrapToken): string {
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: id }))
  const signature = createHmac('sha256', secret)
    .update(`${header}.${base64url(payload)}`)
    .digest('base64url')
  return `${header}..${signature}`
}

/** Whether `jws` is the signature of `payload` with this token; takes as long for a near miss as for any other. */
export function isSignedWith(token: BootstrapToken, payload: string, jws: string): boolean {
  const expected = Buffer.from(detachedSignature(payload, token))
  const given = Buffer.from(jws)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
