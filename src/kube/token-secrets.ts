import { CoreV1Api, type V1Secret } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'

/** Secrets of one namespace, as far as bootstrap tokens need them. Every call throws CertletErrors. */
export interface TokenSecrets {
  /** @throws CertletError TOKEN_EXISTS if there is one of that name. */
  create(secret: V1Secret, signal: AbortSignal): Promise<void>
  list(signal: AbortSignal): Promise<readonly V1Secret[]>
  /** @throws CertletError TOKEN_UNKNOWN if there is none. */
  delete(name: string, signal: AbortSignal): Promise<void>
}

export function tokenSecrets(connection: Connection, namespace: string): TokenSecrets {
  const api = new CoreV1Api(connection.configuration)
  return {
    create: async (body, signal) => {
      try {
        await api.createNamespacedSecret({ namespace, body }, connection.withSignal(signal))
      } catch (error) {
        if (!(error instanceof ApiError) || error.status.code !== 409) throw error
        throw new CertletError(
          'TOKEN_EXISTS',
          `Cannot create the token: Secret "${body.metadata?.name ?? ''}" is there already`,
        )
      }
    },
    list: async (signal) => {
      const fieldSelector = 'type=bootstrap.kubernetes.io/token'
      return (await api.listNamespacedSecret({ namespace, fieldSelector }, connection.withSignal(signal))).items
    },
    delete: async (name, signal) => {
      try {
        await api.deleteNamespacedSecret({ namespace, name }, connection.withSignal(signal))
      } catch (error) {
        if (!(error instanceof ApiError) || error.status.code !== 404) throw error
        throw new CertletError('TOKEN_UNKNOWN', `Cannot delete the token: there is no Secret "${name}" in ${namespace}`)
      }
    },
  }
}
