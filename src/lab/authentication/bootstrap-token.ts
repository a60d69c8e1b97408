/** Bootstrap tokens, checked against the Secrets of kube-system. Source: `plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go`. */
import { timingSafeEqual } from 'node:crypto'
import type { KubeObject } from '../storage.ts'
import type { User } from './user.ts'

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/** Splits a token; undefined when it has not the form of one. */
export function parseBootstrapToken(token: string): { id: string; secret: string } | undefined {
  const [, id, secret] = TOKEN.exec(token) ?? []
  return id && secret ? { id, secret } : undefined
}

/** The user of a token, undefined for every fault of token or Secret: the client is not told which. */
export function authenticateBootstrapToken(
  text: string,
  secretNamed: (name: string) => KubeObject | undefined,
  now: Date,
): User | undefined {
  const parts = parseBootstrapToken(text)
  if (!parts) return undefined
  const found = secretNamed(`bootstrap-token-${parts.id}`)
  const token = found && readSecret(found)
  if (!token || !equal(token.secret, parts.secret) || token.id !== parts.id || isExpired(token.expiration, now))
    return undefined
  return { name: `system:bootstrap:${parts.id}`, groups: token.groups }
}

/** What the Secret of a token says, but for the time. */
interface StoredToken {
  readonly id: string
  readonly secret: string
  readonly expiration: string
  readonly groups: readonly string[]
}

/** By Secret; `false` for those that are of no use. A stored object is never changed, only replaced, and every request asks for its token's. */
const readBefore = new WeakMap<KubeObject, StoredToken | false>()

function readSecret(secret: KubeObject): StoredToken | false {
  const known = readBefore.get(secret)
  if (known !== undefined) return known
  const token = tokenIn(secret) ?? false
  readBefore.set(secret, token)
  return token
}

function tokenIn(secret: KubeObject): StoredToken | undefined {
  if (secret.metadata.deletionTimestamp || secret['type'] !== 'bootstrap.kubernetes.io/token') return undefined
  const data = (secret['data'] ?? {}) as Record<string, string>
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
  if (text('usage-bootstrap-authentication') !== 'true') return undefined
  const extra = text('auth-extra-groups')
    .split(',')
    .map((group) => group.trim())
    .filter(Boolean)
  if (!extra.every((group) => EXTRA_GROUP.test(group))) return undefined
  return {
    id: text('token-id'),
    secret: text('token-secret'),
    expiration: text('expiration'),
    groups: [...new Set(['system:bootstrappers', ...extra])].sort(),
  }
}

/** An empty date means never; one that cannot be read means expired. */
function isExpired(expiration: string, now: Date): boolean {
  if (expiration === '') return false
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(expiration)) return true
  const at = Date.parse(expiration)
  return Number.isNaN(at) || at <= now.getTime()
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
