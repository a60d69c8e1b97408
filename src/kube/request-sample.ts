import { CertificatesV1Api } from '@kubernetes/client-node'
import type { SigningRequest } from '../csr/signing-request.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { decodeSigningRequest } from './signing-request-codec.ts'
import { understood } from './understood.ts'

/** How many requests are looked at: the first ones by name, since an API server knows no other order. */
const SAMPLE = 100

/**
 * Some of the requests to one signer, whoever made them.
 * @returns undefined if the credential may not list them.
 * @throws CertletError of the connection.
 */
export async function requestSample(
  connection: Connection,
  signerName: string,
  signal: AbortSignal,
): Promise<readonly SigningRequest[] | undefined> {
  const selector = { fieldSelector: `spec.signerName=${signerName}`, limit: SAMPLE }
  try {
    const api = new CertificatesV1Api(connection.configuration)
    return await understood(connection, signal, async () => {
      const { items } = await api.listCertificateSigningRequest(selector, connection.withSignal(signal))
      return items.map(decodeSigningRequest)
    })
  } catch (error) {
    if (error instanceof ApiError && error.status.code === 403) return undefined
    throw error
  }
}
