/** Requests in another user's name, by somebody who may impersonate. */
import type { KubeConfig } from '@kubernetes/client-node'
import type { RetryPolicy } from '../backoff.ts'
import { type Connection, connectionOver } from './connection.ts'
import type { Wire } from './wire.ts'

/** As whom. Source: k8s.io/api authentication/v1, ImpersonateUserHeader and ImpersonateGroupHeader. */
export interface Impersonated {
  readonly username: string
  readonly groups: readonly string[]
}

/** A connection by the same wire whose requests are another user's. Disposing of it leaves the wire alone. */
export function impersonating(
  { wire, retry }: Connection,
  kubeConfig: KubeConfig,
  { username, groups }: Impersonated,
): Connection {
  const headers = {
    'Impersonate-User': username,
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
  }
  const asUser: Wire = {
    get clockSkewMs() {
      return wire.clockSkewMs
    },
    open: (request) => wire.open({ ...request, headers: { ...request.headers, ...headers } }),
    openAhead: (connections, signal) => wire.openAhead(connections, signal),
    explain: (error, url) => wire.explain(error, url),
    refresh: (signal) => wire.refresh(signal),
    retire: () => undefined,
    close: () => undefined,
  }
  return connectionOver(asUser, kubeConfig, retry satisfies RetryPolicy)
}
