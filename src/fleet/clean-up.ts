import { CertificatesV1Api } from '@kubernetes/client-node'
import type { Connection } from '../kube/connection.ts'
import { ApiError } from '../kube/api-error.ts'
import { retrying } from '../backoff.ts'

/**
 * Deletes the requests that bear a label.
 * @returns false if the credential may not.
 * @throws CertletError of the connection; the signal's reason
 */
export async function deleteRequests(
  connection: Connection,
  labelSelector: string,
  signal: AbortSignal,
): Promise<boolean> {
  const api = new CertificatesV1Api(connection.configuration)
  try {
    // A server that has many to delete may not be done in the time of one call; the next one goes on.
    await retrying(
      () => api.deleteCollectionCertificateSigningRequest({ labelSelector }, connection.withSignal(signal)),
      connection.retry,
      signal,
    )
    return true
  } catch (error) {
    if (error instanceof ApiError && (error.status.code === 403 || error.status.code === 405)) return false
    throw error
  }
}
