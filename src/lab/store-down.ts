/** The API server while its store does not answer: what it has in memory it still tells, all else runs into its time limit. */
import type { LabResponse, RequestInfo } from './request.ts'
import { requestTimeoutMs } from './request-timeout.ts'
import { StatusError } from './status.ts'
import type { Store } from './storage.ts'

/** Longest that a handler waits for a change to be stored, ms. Source: apiserver pkg/endpoints/handlers/rest.go (requestTimeoutUpperBound). */
const WRITE_TIMEOUT_MS = 34_000

/** Ends a request that needs the store. */
export class StoreDownError extends Error {}

/** The same store for those who have to ask it, not the cache in front of it: nothing answers. */
export function downed(store: Store): Store {
  const ask = (): never => {
    throw new StoreDownError('the store does not answer')
  }
  return {
    get revision() {
      return store.revision
    },
    revisionOf: (collection) => store.revisionOf(collection),
    compact: ask,
    get: ask,
    list: ask,
    put: ask,
    delete: ask,
    since: (collection, revision) => store.since(collection, revision),
    subscribe: (collection, key, listener) => store.subscribe(collection, key, listener),
  }
}

/**
 * Whether a read is answered from memory: it takes any state, or one not older than a revision.
 * Source: apiserver pkg/storage/cacher/cacher.go (Get, shouldDelegateList).
 */
export function readsCache({ query, verb }: RequestInfo): boolean {
  if (verb === 'watch') return true
  const version = query.get('resourceVersion') ?? ''
  if (version === '' || (query.get('continue') ?? '') !== '') return false
  if (verb === 'get') return true
  if (verb !== 'list' || query.get('resourceVersionMatch') === 'Exact') return false
  return version === '0' || Number(query.get('limit') ?? '0') <= 0
}

/**
 * What a client is told in the end, and when: by the handler of a change, or by the limit on all requests, which has but a text.
 * Source: apiserver pkg/server/filters/timeout.go, pkg/endpoints/handlers/finisher.
 */
export function ranOut({ query, verb }: RequestInfo): { answer: LabResponse | StatusError; afterMs: number } {
  const limitMs = requestTimeoutMs(query)
  if (verb !== 'get' && verb !== 'list' && limitMs > WRITE_TIMEOUT_MS) {
    const message = 'Timeout: request did not complete within requested timeout - context deadline exceeded'
    return { answer: new StatusError(504, 'Timeout', message, {}), afterMs: WRITE_TIMEOUT_MS }
  }
  const message = 'Timeout: request did not complete within the allotted timeout'
  const status = { metadata: {}, status: 'Failure', message, reason: 'Timeout', details: {}, code: 504 }
  const answer: LabResponse = {
    status: 504,
    headers: [['Content-Type', 'text/plain; charset=utf-8']],
    body: Buffer.from(`${JSON.stringify(status)}\n`),
  }
  return { answer, afterMs: limitMs }
}
