import { CertificatesV1Api, VersionApi } from '@kubernetes/client-node'
import { excerpt } from '../one-line.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** `gitVersion` of the server, `v1.36.2`; undefined if the credential may not ask. @throws CertletError of the connection. */
export async function serverVersion(connection: Connection, signal: AbortSignal): Promise<string | undefined> {
  return ifGranted(() =>
    understood(connection, signal, async () => {
      const { gitVersion } = await new VersionApi(connection.configuration).getCode({}, connection.withSignal(signal))
      return excerpt(gitVersion)
    }),
  )
}

/**
 * Whether the server has CertificateSigningRequests in certificates.k8s.io/v1; undefined if the credential may not ask.
 * @throws CertletError of the connection.
 */
export async function servesSigningRequests(connection: Connection, signal: AbortSignal): Promise<boolean | undefined> {
  return ifGranted(async () => {
    const api = new CertificatesV1Api(connection.configuration)
    try {
      return await understood(connection, signal, async () => {
        const { resources } = await api.getAPIResources({}, connection.withSignal(signal))
        return resources.some(({ name }) => name === 'certificatesigningrequests')
      })
    } catch (error) {
      if (error instanceof ApiError && error.status.code === 404) return false
      throw error
    }
  })
}

/** system:discovery is every authenticated user's, unless a cluster has taken it away. */
async function ifGranted<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ApiError && error.status.code === 403) return undefined
    throw error
  }
}
