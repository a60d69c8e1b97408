import { CertificatesV1Api } from '@kubernetes/client-node'
import type { SigningRequest, SigningRequestApi, SigningRequestEvent } from '../csr/signing-request.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { follow, type Listed } from './follow.ts'
import { decodeSigningRequest, encodeSigningRequest } from './signing-request-codec.ts'
import { understood } from './understood.ts'

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** The certificates API of the cluster at the other end of a connection. */
export function signingRequests(connection: Connection): SigningRequestApi {
  const api = new CertificatesV1Api(connection.configuration)

  const list = (name: string, signal: AbortSignal): Promise<Listed<SigningRequest>> =>
    understood(connection, signal, async () => {
      const selector = { fieldSelector: `metadata.name=${name}` }
      const { metadata, items } = await api.listCertificateSigningRequest(selector, connection.withSignal(signal))
      const object = items.map(decodeSigningRequest).find((item) => item.name === name)
      return { object, resourceVersion: metadata?.resourceVersion ?? '' }
    })

  async function* changes(
    name: string,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<SigningRequestEvent> {
    const followed = { path: PATH, name, what: 'the certificate signing request', list, decode: decodeSigningRequest }
    for await (const object of follow(connection, followed, from, signal)) {
      yield object ? { kind: 'present', request: object } : { kind: 'deleted' }
    }
  }

  return {
    create: async (request, signal) => {
      const body = encodeSigningRequest(request)
      return understood(connection, signal, async () =>
        decodeSigningRequest(await api.createCertificateSigningRequest({ body }, connection.withSignal(signal))),
      )
    },
    read: async (name, signal) => {
      try {
        return await understood(connection, signal, async () =>
          decodeSigningRequest(await api.readCertificateSigningRequest({ name }, connection.withSignal(signal))),
        )
      } catch (error) {
        if (error instanceof ApiError && error.status.reason === 'NotFound') return undefined
        throw error
      }
    },
    changes,
  }
}
