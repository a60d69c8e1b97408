/** The one who asks, as authentication found out. */
export interface User {
  name: string
  uid?: string
  groups: readonly string[]
  extra?: Readonly<Record<string, readonly string[]>>
}

export const AUTHENTICATED = 'system:authenticated'
export const UNAUTHENTICATED = 'system:unauthenticated'

export const anonymous: User = { name: 'system:anonymous', groups: [UNAUTHENTICATED] }

const NODE_PREFIX = 'system:node:'

/** The node's name if the user is a node. Source: `pkg/auth/nodeidentifier/default.go`. */
export function nodeNameOf(user: User): string | undefined {
  if (!user.name.startsWith(NODE_PREFIX) || !user.groups.includes('system:nodes')) return undefined
  return user.name.slice(NODE_PREFIX.length)
}
