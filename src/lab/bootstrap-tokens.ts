import { randomInt } from 'node:crypto'
import { KUBEADM_TOKEN_GROUP } from './authorization/bootstrap-policy.ts'
import { parseBootstrapToken } from './authentication/bootstrap-token.ts'
import type { KubeObject } from './storage.ts'

/** A new token from the platform's random source. */
export function randomToken(): string {
  const characters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  const draw = (length: number): string =>
    Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
  return `${draw(6)}.${draw(16)}`
}

/**
 * The Secret of a token as kubeadm makes it, valid for a day. Source: cmd/kubeadm/app/apis/bootstraptoken/v1/utils.go.
 * @throws TypeError if it is not a bootstrap token.
 */
export function tokenSecret(token: string, now: Date): KubeObject {
  const parts = parseBootstrapToken(token)
  if (!parts) throw new TypeError('not a bootstrap token: [a-z0-9]{6}.[a-z0-9]{16}')
  const data = {
    'auth-extra-groups': KUBEADM_TOKEN_GROUP,
    description: 'made by the lab',
    expiration: new Date(now.getTime() + 24 * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z'),
    'token-id': parts.id,
    'token-secret': parts.secret,
    'usage-bootstrap-authentication': 'true',
    'usage-bootstrap-signing': 'true',
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bootstrap-token-${parts.id}`, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  }
}
