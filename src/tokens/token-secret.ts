import type { V1Secret } from '@kubernetes/client-node'
import { type BootstrapToken, parseBootstrapToken } from '../discovery/bootstrap-token.ts'

/** Where tokens live. Source: cluster-bootstrap token/api/types.go. */
export const TOKEN_NAMESPACE = 'kube-system'
const TOKEN_TYPE = 'bootstrap.kubernetes.io/token'

/** What a token may be used for. Source: cluster-bootstrap token/api/types.go, KnownTokenUsages. */
export const USAGES = ['signing', 'authentication'] as const
export type Usage = (typeof USAGES)[number]

/** The group that kubeadm gives its tokens. Source: cmd/kubeadm/app/constants/constants.go, NodeBootstrapTokenAuthGroup. */
export const KUBEADM_GROUP = 'system:bootstrappers:kubeadm:default-node-token'

/** Groups that a token may add. Source: cluster-bootstrap token/api/types.go, BootstrapGroupPattern. */
export const GROUP_PATTERN = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/** Everything about a token but its secret half. */
export interface TokenTerms {
  readonly usages: readonly Usage[]
  readonly groups: readonly string[]
  readonly description: string
  /** Undefined: never. */
  readonly expires?: Date
}

/** Name of the Secret of a token id. */
export function secretName(id: string): string {
  return `bootstrap-token-${id}`
}

/** The Secret of a token, as kubeadm makes it. Source: cmd/kubeadm/app/apis/bootstraptoken/v1/utils.go, BootstrapTokenToSecret. */
export function tokenSecret(token: BootstrapToken, { usages, groups, description, expires }: TokenTerms): V1Secret {
  const fields: Record<string, string> = {
    'token-id': token.id,
    'token-secret': token.secret,
    ...(description !== '' && { description }),
    ...(expires && { expiration: `${expires.toISOString().slice(0, 19)}Z` }),
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    ...(groups.length > 0 && { 'auth-extra-groups': groups.join(',') }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName(token.id), namespace: TOKEN_NAMESPACE },
    type: TOKEN_TYPE,
    data: Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  }
}

/** A token as it stands in the cluster. */
export interface ListedToken extends TokenTerms {
  readonly id: string
  /** Undefined if the Secret holds none that could be one. */
  readonly token: BootstrapToken | undefined
  /** `broken`: the API server accepts it for nothing, for the reason given. */
  readonly state: { readonly kind: 'valid' | 'expired' } | { readonly kind: 'broken'; readonly why: string }
}

/**
 * Reads a Secret as the API server does when somebody shows the token.
 * @returns undefined for a Secret that is no bootstrap token.
 * Source: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go.
 */
export function readTokenSecret({ type, metadata, data = {} }: V1Secret, now: Date): ListedToken | undefined {
  const [, id] = /^bootstrap-token-(.+)$/.exec(metadata?.name ?? '') ?? []
  if (type !== TOKEN_TYPE || id === undefined) return undefined
  const field = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8')
  const token = parseBootstrapToken(`${field('token-id')}.${field('token-secret')}`)
  const expiration = field('expiration')
  const expires = expiration === '' ? undefined : new Date(expiration)
  const groups = field('auth-extra-groups')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
  const wrongGroup = groups.find((group) => !GROUP_PATTERN.test(group))
  const why =
    token?.id !== id
      ? 'its token-id or token-secret is not one'
      : wrongGroup !== undefined
        ? `its group ${JSON.stringify(wrongGroup)} is malformed`
        : expires && Number.isNaN(expires.getTime())
          ? 'its expiration is no date'
          : undefined
  return {
    id,
    token,
    usages: USAGES.filter((usage) => field(`usage-bootstrap-${usage}`) === 'true'),
    groups,
    description: field('description'),
    ...(expires && !Number.isNaN(expires.getTime()) && { expires }),
    state: why !== undefined ? { kind: 'broken', why } : { kind: expires && expires <= now ? 'expired' : 'valid' },
  }
}
