/** `Impersonate-*` headers. Source: `staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation.go`. */
import { describeDenial, type Authorize, type Attributes } from '../authorization/authorizer.ts'
import type { LabRequest } from '../request.ts'
import { forbidden } from '../status.ts'
import { AUTHENTICATED, UNAUTHENTICATED, anonymous, type User } from './user.ts'

/** Group or uid without a user: answered with 500 in plain text. */
export class ImpersonationError extends Error {}

/** How the names of all these headers begin. */
const IMPERSONATE = 'impersonate-'
const EXTRA = 'impersonate-extra-'
const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

/**
 * The user to act as. @throws StatusError 403 when the requester may not; ImpersonationError when the headers make no sense.
 */
export function impersonate(requester: User, headers: LabRequest['headers'], authorize: Authorize): User {
  if (!Object.keys(headers).some((header) => header.startsWith(IMPERSONATE))) return requester
  const name = headers['impersonate-user']?.[0] ?? ''
  const uid = headers['impersonate-uid']?.[0] ?? ''
  let groups = [...(headers['impersonate-group'] ?? [])]
  const extra: Record<string, readonly string[]> = {}
  for (const [header, values] of Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (header.startsWith(EXTRA)) extra[unescapeKey(header.slice(EXTRA.length))] = values
  const asked: [kind: string, resource: string, group: string, name: string, subresource: string, namespace: string][] =
    []
  const account = ACCOUNT.exec(name)
  if (account) asked.push(['ServiceAccount', 'serviceaccounts', '', account[2] ?? '', '', account[1] ?? ''])
  else if (name) asked.push(['User', 'users', '', name, '', ''])
  for (const group of groups) asked.push(['Group', 'groups', '', group, '', ''])
  for (const [key, values] of Object.entries(extra))
    for (const value of values) asked.push(['UserExtra', 'userextras', 'authentication.k8s.io', value, key, ''])
  if (uid) asked.push(['UID', 'uids', 'authentication.k8s.io', uid, '', ''])
  if (asked.length === 0) return requester
  if (!name) {
    const shown = asked.map(([kind, , , value, key, namespace]) => `{${kind} ${namespace} ${value}  ${key}  }`)
    throw new ImpersonationError(`requested [${shown.join(' ')}] without impersonating a user`)
  }
  for (const [, resource, group, value, subresource, namespace] of asked) {
    const attributes: Attributes = {
      user: requester,
      verb: 'impersonate',
      isResource: true,
      group,
      version: group ? 'v1' : '',
      resource,
      subresource,
      namespace,
      name: value,
      path: '',
    }
    const decision = authorize(attributes)
    if (!decision.allowed)
      throw forbidden({ group, name: resource }, value, describeDenial(attributes, decision.reason))
  }
  if (account && groups.length === 0) groups = ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`]
  if (name === anonymous.name) {
    if (!groups.includes(UNAUTHENTICATED)) groups.push(UNAUTHENTICATED)
  } else if (!groups.includes(AUTHENTICATED) && !groups.includes(UNAUTHENTICATED)) groups.push(AUTHENTICATED)
  return { name, groups, ...(uid ? { uid } : {}), ...(Object.keys(extra).length ? { extra } : {}) }
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
