import { CoreV1Api, type V1Secret } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** Secrets of one namespace, as far as bootstrap tokens need them. Every call throws CertletErrors. */
export interface TokenSecrets {
  /** @throws CertletError TOKEN_EXISTS if there is one of that name. */
  create(secret: V1Secret, signal: AbortSignal): Promise<void>
  list(signal: AbortSignal): Promise<readonly V1Secret[]>
  /** @throws CertletError TOKEN_UNKNOWN if there is none. */
  delete(name: string, signal: AbortSignal): Promise<void>
}

/** As much of a Secret as a token needs, trusting nothing about its shape. */
function decodeSecret(value: unknown): V1Secret {
  const { type, metadata, data } = value as Record<'type' | 'metadata' | 'data', unknown>
  const { name } = (metadata ?? {}) as { name?: unknown }
  const fields = Object.entries(data ?? {}).filter((field): field is [string, string] => typeof field[1] === 'string')
  return {
    ...(typeof type === 'string' && { type }),
    metadata: { ...(typeof name === 'string' && { name }) },
    data: Object.fromEntries(fields),
  }
}

export function tokenSecrets(connection: Connection, namespace: string): TokenSecrets {
  const api = new CoreV1Api(connection.configuration)
  return {
    create: async (body, signal) => {
      try {
        await understood(connection, signal, () =>
          api.createNamespacedSecret({ namespace, body }, connection.withSignal(signal)),
        )
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
      return understood(connection, signal, async () => {
        const { items } = await api.listNamespacedSecret({ namespace, fieldSelector }, connection.withSignal(signal))
        return items.map(decodeSecret)
      })
    },
    delete: async (name, signal) => {
      try {
        await understood(connection, signal, () =>
          api.deleteNamespacedSecret({ namespace, name }, connection.withSignal(signal)),
        )
      } catch (error) {
        if (!(error instanceof ApiError) || error.status.code !== 404) throw error
        throw new CertletError('TOKEN_UNKNOWN', `Cannot delete the token: there is no Secret "${name}" in ${namespace}`)
      }
    },
  }
}
