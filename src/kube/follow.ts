import { pauseAfter } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { watch } from './watch.ts'
import type { Wire } from './wire.ts'

/** The one object of a name, as it was listed, and from where a watch goes on. */
export interface Listed<T> {
  readonly object: T | undefined
  readonly resourceVersion: string
}

/** Whatever has a name. */
export interface Named {
  readonly name: string
}

/** What is followed. */
export interface Followed<T extends Named> {
  /** Of the collection: `/api/v1/nodes`. */
  readonly path: string
  readonly name: string
  /** For messages: `the Node`. */
  readonly what: string
  readonly list: (name: string, signal: AbortSignal) => Promise<Listed<T>>
  readonly decode: (value: unknown) => T
}

/** What watches go by. */
type Reached = Pick<Connection, 'server' | 'retry'> & { readonly wire: Pick<Wire, 'open'> }

/** A watch that ended sooner than this counts as a failure, so that a server which ends them all is not asked without pause, ms. */
const SHORT_WATCH_MS = 5_000

/**
 * The states of one object, for ever; undefined when it is not there. A watch that ends, an expired resource version and a lost
 * connection are followed by a new list and watch. Leaving the loop ends the watch.
 * @param seen - resource version that the caller has already seen; without it the present state comes first.
 * @throws CertletError when the API server refuses; the signal's reason.
 */
export async function* follow<T extends Named>(
  connection: Reached,
  followed: Followed<T>,
  seen: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<T | undefined> {
  const { clock } = connection.retry
  let from = seen
  for (let failures = 0; ;) {
    try {
      if (from === undefined) {
        const listed = await followed.list(followed.name, signal)
        yield listed.object
        from = listed.resourceVersion
      }
      const startedAt = clock.now().getTime()
      yield* watchOnce(connection, followed, from, signal)
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

/**
 * The states of one object by one watch, until it ends for whatever ordinary reason; undefined when it was deleted.
 * @param from - resource version that the caller has seen; without it the present state comes first.
 * @throws CertletError when the API server refuses; the signal's reason.
 */
export async function* watchOnce<T extends Named>(
  { server, wire, retry }: Reached,
  { path, name, what, decode }: Omit<Followed<T>, 'list'>,
  from: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<T | undefined> {
  const url = new URL(`${server}${path}`)
  url.searchParams.set('fieldSelector', `metadata.name=${name}`)
  if (from !== undefined) url.searchParams.set('resourceVersion', from)
  for await (const { type, object } of watch(wire, url, { what, clock: retry.clock, draw: retry.random(), signal })) {
    if (type === 'ERROR') return // 410 Gone among others: a list finds what was missed
    if (type === 'BOOKMARK') continue
    const decoded = decode(object)
    if (decoded.name === name) yield type === 'DELETED' ? undefined : decoded
  }
}

function shortWatch(server: string): CertletError {
  return new CertletError('API_ERROR', `The API server ${server} ends every watch at once`)
}
