import { AuthenticationV1Api, AuthorizationV1Api } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** Who the API server says that the caller is. */
export interface UserInfo {
  readonly username: string
  readonly groups: readonly string[]
}

/** A right, in the terms of an access review. Source: k8s.io/api authorization/v1, ResourceAttributes. */
export interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
}

/** Questions that every authenticated user may ask about itself. Source: bootstrappolicy, ClusterRole system:basic-user. */
export interface Reviews {
  /**
   * SelfSubjectReview; undefined on servers that do not have it (it is `v1` since Kubernetes 1.28) or do not grant it.
   * @throws CertletError UNAUTHORIZED if the credential is not accepted, and whatever the connection throws.
   */
  whoAmI(signal: AbortSignal): Promise<UserInfo | undefined>
  /** SelfSubjectAccessReview. @throws like `whoAmI`. */
  may(right: Right, signal: AbortSignal): Promise<boolean>
  /** SubjectAccessReview about somebody else; undefined if the caller may not ask that, as bootstrap tokens may not. @throws like `whoAmI`. */
  mayOther(user: UserInfo, right: Right, signal: AbortSignal): Promise<boolean | undefined>
}

export function reviews(connection: Connection): Reviews {
  const authentication = new AuthenticationV1Api(connection.configuration)
  const authorization = new AuthorizationV1Api(connection.configuration)
  return {
    whoAmI: async (signal) => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
      try {
        return await understood(connection, signal, async () => {
          const { status } = await authentication.createSelfSubjectReview({ body }, connection.withSignal(signal))
          const { username, groups } = (status?.userInfo ?? {}) as { username?: unknown; groups?: unknown }
          return {
            username: typeof username === 'string' ? username : '',
            groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
          }
        })
      } catch (error) {
        // Up to Kubernetes 1.27 nobody was granted the kind that did not exist, so 403 comes before 404.
        if (error instanceof ApiError && (error.status.code === 404 || error.status.code === 403)) return undefined
        throw error
      }
    },
    may: async (right, signal) => {
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { version: '*', ...right } },
      }
      return understood(connection, signal, async () => {
        const { status } = await authorization.createSelfSubjectAccessReview({ body }, connection.withSignal(signal))
        return status?.allowed === true
      })
    },
    mayOther: async ({ username, groups }, right, signal) => {
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: username, groups: [...groups], resourceAttributes: { version: '*', ...right } },
      }
      try {
        return await understood(connection, signal, async () => {
          const { status } = await authorization.createSubjectAccessReview({ body }, connection.withSignal(signal))
          return status?.allowed === true
        })
      } catch (error) {
        if (error instanceof ApiError && error.status.code === 403) return undefined
        throw error
      }
    },
  }
}
