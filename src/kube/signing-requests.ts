import { CertificatesV1Api } from '@kubernetes/client-node'
import { pauseAfter } from '../backoff.ts'
import type { SigningRequestApi, SigningRequestEvent } from '../csr/signing-request.ts'
import { CertletError } from '../errors.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { decodeSigningRequest, encodeSigningRequest } from './signing-request-codec.ts'
import { watch } from './watch.ts'

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** A watch that ended sooner than this counts as a failure, so that a server which ends them all is not asked without pause, ms. */
const SHORT_WATCH_MS = 5_000

/** The certificates API of the cluster at the other end of a connection. */
export function signingRequests(connection: Connection): SigningRequestApi {
  const api = new CertificatesV1Api(connection.configuration)
  const { clock, random } = connection.retry

  async function* changes(
    name: string,
    seen: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<SigningRequestEvent> {
    let from = seen
    for (let failures = 0; ;) {
      try {
        if (from === undefined) {
          const listed = await list(name, signal)
          yield listed.event
          from = listed.resourceVersion
        }
        const startedAt = clock.now().getTime()
        yield* watchFrom(name, from, signal)
        if (clock.now().getTime() - startedAt >= SHORT_WATCH_MS) failures = 0
        else if (++failures > 1) await pauseAfter(shortWatch(connection.server), failures - 1, connection.retry, signal)
      } catch (error) {
        // A version that is too old is mended by a new list; a busy or restarting server by time; anything else by nobody here.
        if (!(error instanceof ApiError && error.status.code === 410)) {
          await pauseAfter(error, ++failures, connection.retry, signal)
        }
      }
      signal.throwIfAborted()
      from = undefined
    }
  }

  async function list(
    name: string,
    signal: AbortSignal,
  ): Promise<{ event: SigningRequestEvent; resourceVersion: string }> {
    const selector = { fieldSelector: `metadata.name=${name}` }
    const { metadata, items } = await api.listCertificateSigningRequest(selector, connection.withSignal(signal))
    const request = items.map(decodeSigningRequest).find((item) => item.name === name)
    return {
      event: request ? { kind: 'present', request } : { kind: 'deleted' },
      resourceVersion: metadata?.resourceVersion ?? '',
    }
  }

  async function* watchFrom(name: string, from: string, signal: AbortSignal): AsyncGenerator<SigningRequestEvent> {
    const url = new URL(`${connection.server}${PATH}`)
    url.searchParams.set('fieldSelector', `metadata.name=${name}`)
    url.searchParams.set('resourceVersion', from)
    const options = { what: 'the certificate signing request', clock, draw: random(), signal }
    for await (const { type, object } of watch(connection.wire, url, options)) {
      if (type === 'ERROR') return // 410 Gone among others: a list finds what was missed
      if (type === 'BOOKMARK') continue
      const request = decodeSigningRequest(object)
      if (request.name === name) yield type === 'DELETED' ? { kind: 'deleted' } : { kind: 'present', request }
    }
  }

  return {
    create: async (request, signal) => {
      const body = encodeSigningRequest(request)
      return decodeSigningRequest(await api.createCertificateSigningRequest({ body }, connection.withSignal(signal)))
    },
    read: async (name, signal) => {
      try {
        return decodeSigningRequest(await api.readCertificateSigningRequest({ name }, connection.withSignal(signal)))
      } catch (error) {
        if (error instanceof ApiError && error.status.reason === 'NotFound') return undefined
        throw error
      }
    },
    changes,
  }
}

function shortWatch(server: string): CertletError {
  return new CertletError('API_ERROR', `The API server ${server} ends every watch at once`)
}
