import type { RetryPolicy } from '../../backoff.ts'
import type { NewSigningRequest, SigningRequest, SigningRequestApi } from '../../csr/signing-request.ts'
import { ApiError } from '../../kube/api-error.ts'
import { exchange } from '../../kube/exchange.ts'
import { follow, type Listed } from '../../kube/follow.ts'
import { decodeSigningRequest, encodeSigningRequest } from '../../kube/signing-request-codec.ts'
import type { FleetWire } from './wire.ts'

export const REQUESTS_PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** What the certificates API is reached by. */
export interface Reach {
  readonly wire: FleetWire
  readonly server: string
  readonly retry: RetryPolicy
  /** Labels of the requests that are made; a kubelet sets none, but a fleet has to find its own again. */
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The certificates API without client-node's generated code, which takes as long for a request as its key and signature do together.
 * A test holds it equal to src/kube/signing-requests.ts.
 */
export function leanRequests({ wire, server, retry, labels }: Reach): SigningRequestApi {
  const collection = server + REQUESTS_PATH
  const path = REQUESTS_PATH
  const what = 'the certificate signing request'

  async function list(name: string, signal: AbortSignal): Promise<Listed<SigningRequest>> {
    const url = `${collection}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`
    const { value } = await exchange(wire, { method: 'GET', url, headers: ACCEPT, signal })
    const { metadata, items } = value as { metadata?: { resourceVersion?: string }; items?: unknown[] }
    const object = (items ?? []).map(decodeSigningRequest).find((item) => item.name === name)
    return { object, resourceVersion: metadata?.resourceVersion ?? '' }
  }

  return {
    create: async (request, signal) => {
      const body = encoded(request, labels)
      const { value } = await exchange(wire, { method: 'POST', url: collection, headers: JSON_BODY, body, signal })
      return decodeSigningRequest(value)
    },
    read: async (name, signal) => {
      try {
        const url = `${collection}/${encodeURIComponent(name)}`
        return decodeSigningRequest((await exchange(wire, { method: 'GET', url, headers: ACCEPT, signal })).value)
      } catch (error) {
        if (error instanceof ApiError && error.status.reason === 'NotFound') return undefined
        throw error
      }
    },
    changes: async function* (name, from, signal) {
      const followed = { path, name, what, list, decode: decodeSigningRequest }
      for await (const object of follow({ wire, server, retry }, followed, from, signal)) {
        yield object ? { kind: 'present', request: object } : { kind: 'deleted' }
      }
    },
  }
}

/** The resource version of all requests together, as it stands. */
export async function newestVersion(
  { wire, server }: Pick<Reach, 'wire' | 'server'>,
  signal: AbortSignal,
): Promise<string> {
  const url = `${server}${REQUESTS_PATH}?limit=1`
  const { value } = await exchange(wire, { method: 'GET', url, headers: ACCEPT, signal })
  return (value as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion ?? ''
}

/** Headers of requests whose answer has to be JSON. */
const ACCEPT = { accept: 'application/json' }
const JSON_BODY = { ...ACCEPT, 'content-type': 'application/json' }

function encoded(request: NewSigningRequest, labels: Readonly<Record<string, string>>): string {
  const { apiVersion, kind, spec } = encodeSigningRequest(request)
  return JSON.stringify({ apiVersion, kind, metadata: { name: request.name, labels }, spec })
}
