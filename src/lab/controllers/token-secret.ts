/** Bootstrap token Secrets as the controllers read them. Source: staging/src/k8s.io/cluster-bootstrap/token/util/helpers.go, util/secrets/secrets.go. */
import { parseTime } from '../schema/time.ts'
import type { KubeObject } from '../storage.ts'

export const TOKEN_SECRET_TYPE = 'bootstrap.kubernetes.io/token'
export const TOKEN_NAMESPACE = 'kube-system'

const NAME = /^bootstrap-token-([a-z0-9]{6})$/

/** A value of the Secret's data as text; empty when it is not there. */
export function tokenData(secret: KubeObject, key: string): string {
  const data = (secret['data'] ?? {}) as Record<string, string>
  return Buffer.from(data[key] ?? '', 'base64').toString('latin1')
}

/** How long the token is still good, ms: 0 when it has expired (or its date makes no sense), Infinity when it never will. */
export function lifetimeLeftMs(secret: KubeObject, now: Date): number {
  const expiration = tokenData(secret, 'expiration')
  if (expiration === '') return Infinity
  const parsed = parseTime(expiration, false)
  return 'error' in parsed ? 0 : Math.max(0, Date.parse(parsed.time) - now.getTime())
}

/**
 * The token by which cluster-info is signed; undefined when this Secret is not for signing: another type, a name that is not that of
 * its token-id, no secret, expired, or `usage-bootstrap-signing` not exactly `true`.
 */
export function signingToken(secret: KubeObject, now: Date): { id: string; secret: string } | undefined {
  const id = tokenData(secret, 'token-id')
  const value = tokenData(secret, 'token-secret')
  const named = NAME.exec(secret.metadata.name ?? '')?.[1]
  const usable =
    secret['type'] === TOKEN_SECRET_TYPE &&
    named === id &&
    value !== '' &&
    lifetimeLeftMs(secret, now) > 0 &&
    tokenData(secret, 'usage-bootstrap-signing') === 'true'
  return usable ? { id, secret: value } : undefined
}
