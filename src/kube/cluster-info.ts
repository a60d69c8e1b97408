import { CoreV1Api } from '@kubernetes/client-node'
import { CertletError, type FailureCode } from '../errors.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/**
 * The `data` of ConfigMap kube-public/cluster-info, unchecked.
 * @throws CertletError CLUSTER_INFO_MISSING, CLUSTER_INFO_FORBIDDEN, and whatever the connection throws.
 */
export async function clusterInfoData(connection: Connection, signal: AbortSignal): Promise<unknown> {
  const at = { namespace: 'kube-public', name: 'cluster-info' }
  try {
    return await understood(connection, signal, async () => {
      const api = new CoreV1Api(connection.configuration)
      return (await api.readNamespacedConfigMap(at, connection.withSignal(signal))).data
    })
  } catch (error) {
    const code = error instanceof ApiError ? codes[error.status.code] : undefined
    if (error instanceof ApiError && code) throw new CertletError(code, error.message)
    throw error
  }
}

const codes: Readonly<Record<number, FailureCode>> = {
  401: 'CLUSTER_INFO_FORBIDDEN',
  403: 'CLUSTER_INFO_FORBIDDEN',
  404: 'CLUSTER_INFO_MISSING',
}
