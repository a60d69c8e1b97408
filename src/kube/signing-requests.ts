import { CertificatesV1Api } from '@kubernetes/client-node'
import type {
  SigningRequest,
  SigningRequestApi,
  SigningRequestEvent,
  SigningRequestWatch,
} from '../csr/signing-request.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { follow, type Listed, watchOnce } from './follow.ts'
import { decodeSigningRequest, encodeSigningRequest } from './signing-request-codec.ts'
import { understood } from './understood.ts'

const FOLLOWED = {
  path: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
  what: 'the certificate signing request',
  decode: decodeSigningRequest,
}

/** The certificates API of the cluster at the other end of a connection. */
export function signingRequests(connection: Connection): SigningRequestApi & SigningRequestWatch {
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
    for await (const object of follow(connection, { ...FOLLOWED, name, list }, from, signal)) yield eventOf(object)
  }

  async function* watch(name: string, signal: AbortSignal): AsyncGenerator<SigningRequestEvent> {
    for await (const object of watchOnce(connection, { ...FOLLOWED, name }, undefined, signal)) yield eventOf(object)
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
    watch,
  }
}

function eventOf(object: SigningRequest | undefined): SigningRequestEvent {
  return object ? { kind: 'present', request: object } : { kind: 'deleted' }
}
