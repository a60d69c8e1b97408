/** CertificateSigningRequests that bear a label: made, followed and deleted together. */
import { CertificatesV1Api, type V1CertificateSigningRequest } from '@kubernetes/client-node'
import { pauseAfter } from '../backoff.ts'
import type { SigningRequest } from '../csr/signing-request.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { decodeSigningRequest } from './signing-request-codec.ts'
import { understood } from './understood.ts'
import { watch } from './watch.ts'

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** What is sent, octets and all. */
export interface LabelledRequest {
  readonly name: string
  readonly request: Uint8Array
  readonly signerName: string
  readonly usages: readonly string[]
  readonly expirationSeconds?: number
}

/** One change: the request as it is now, or none where it was deleted. */
export interface LabelledChange {
  readonly name: string
  readonly request: SigningRequest | undefined
}

export interface LabelledRequests {
  /** @throws ApiError for what the API server refuses; CertletError of the connection. */
  create(request: LabelledRequest, signal: AbortSignal): Promise<SigningRequest>
  /** All there are, then each change, for ever. Leaving the loop ends the watch. */
  changes(signal: AbortSignal): AsyncIterable<LabelledChange>
  /** Deletes one; one that is gone already is no error. */
  remove(name: string, signal: AbortSignal): Promise<void>
}

/** @param label - key and value. */
export function labelledRequests(connection: Connection, [key, value]: readonly [string, string]): LabelledRequests {
  const api = new CertificatesV1Api(connection.configuration)
  const labelSelector = `${key}=${value}`

  async function* once(known: Set<string>, signal: AbortSignal): AsyncGenerator<LabelledChange> {
    const { metadata, items } = await understood(connection, signal, () =>
      api.listCertificateSigningRequest({ labelSelector }, connection.withSignal(signal)),
    )
    const present = items.map(decodeSigningRequest)
    for (const request of present) yield { name: request.name, request }
    const names = new Set(present.map(({ name }) => name))
    for (const name of known) if (!names.has(name)) yield { name, request: undefined }
    const url = new URL(`${connection.server}${PATH}`)
    url.searchParams.set('labelSelector', labelSelector)
    url.searchParams.set('resourceVersion', metadata?.resourceVersion ?? '')
    const { clock, random } = connection.retry
    const how = { what: 'the certificate signing requests', clock, draw: random(), signal }
    for await (const { type, object } of watch(connection.wire, url, how)) {
      if (type === 'ERROR') return
      if (type === 'BOOKMARK') continue
      const request = decodeSigningRequest(object)
      yield { name: request.name, request: type === 'DELETED' ? undefined : request }
    }
  }

  return {
    create: ({ name, request, ...spec }, signal) => {
      const body: V1CertificateSigningRequest = {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name, labels: { [key]: value } },
        spec: { ...spec, usages: [...spec.usages], request: Buffer.from(request).toString('base64') },
      }
      return understood(connection, signal, async () =>
        decodeSigningRequest(await api.createCertificateSigningRequest({ body }, connection.withSignal(signal))),
      )
    },
    changes: async function* (signal) {
      const known = new Set<string>()
      for (let failures = 0; ;) {
        try {
          for await (const change of once(known, signal)) {
            failures = 0
            if (change.request) known.add(change.name)
            else known.delete(change.name)
            yield change
          }
        } catch (error) {
          if (!(error instanceof ApiError && error.status.code === 410)) {
            await pauseAfter(error, ++failures, connection.retry, signal)
          }
        }
        signal.throwIfAborted()
      }
    },
    remove: async (name, signal) => {
      try {
        await understood(connection, signal, () =>
          api.deleteCertificateSigningRequest({ name }, connection.withSignal(signal)),
        )
      } catch (error) {
        if (!(error instanceof ApiError && error.status.code === 404)) throw error
      }
    },
  }
}
