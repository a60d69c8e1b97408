/** Watches on the wire. Source: apiserver pkg/endpoints/handlers/{get,watch}.go, pkg/storage/cacher/cache_watcher.go (nextBookmarkTime). */
import { type MediaType, negotiate } from '../negotiation/accept.ts'
import { goJsonOnce } from '../negotiation/encode.ts'
import { oneInForm } from '../negotiation/form.ts'
import { protobufFrame } from '../negotiation/protobuf.ts'
import { versionOf } from '../registry/list.ts'
import { tooOld, type WatchEvent } from '../registry/watch.ts'
import type { LabResponse } from '../request.ts'
import { apiVersionOf, collectionOf } from '../resources/resource.ts'
import { canonical } from '../schema/canonical.ts'
import { notAcceptable, StatusError, tooLargeResourceVersion } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { type Exchange, header } from './exchange.ts'
import { type ListOptions, readListOptions } from './list-options.ts'

/** How long a watch lasts whose client does not say, s. The real server draws up to twice as much. */
const USUAL_TIMEOUT_S = 1800
/** Longest timer, s. */
const LONGEST_TIMEOUT_S = 2_000_000
const BOOKMARK_EVERY_MS = 60_000
/** A bookmark before the end spares the client a list. */
const BOOKMARK_BEFORE_END_MS = 2000
const PROTOBUF: MediaType = 'application/vnd.kubernetes.protobuf'
const STREAMED: readonly MediaType[] = ['application/json', PROTOBUF]

/** @throws StatusError 406, 422, 504 */
export function watch(exchange: Exchange): LabResponse {
  const { generation, info, registry, request, resource, store } = exchange
  const options = readListOptions(resource, info, generation)
  const mediaTypes = STREAMED.filter((type) => exchange.written.includes(type))
  const accepted = negotiate(header(request, 'accept'), { mediaTypes, conversions: 'all' })
  if (!accepted) {
    const streams = STREAMED.map((type) => `${type};stream=watch`)
    throw notAcceptable(`only the following media types are accepted: ${streams.join(', ')}`)
  }
  const { mediaType } = accepted
  const write = mediaType === PROTOBUF ? protobufFrame : asLine
  const wanted = options.resourceVersion === '' ? 0 : versionOf(options.resourceVersion)
  if (options.sendInitialEvents === true && wanted > store.revision)
    throw tooLargeResourceVersion(options.resourceVersion, store.revision)
  const after = startOf(options, wanted, store.revisionOf(collectionOf(resource)))
  if (after !== undefined && store.since(collectionOf(resource), after) === undefined)
    return stream(only(write('ERROR', tooOld(store, collectionOf(resource), after).object())), mediaType)

  const timeoutMs =
    Math.min(options.timeoutSeconds > 0 ? options.timeoutSeconds : USUAL_TIMEOUT_S, LONGEST_TIMEOUT_S) * 1000
  const ended = endOf(exchange, timeoutMs)
  const query = {
    selector: options.selector,
    after,
    markInitialEvents: options.sendInitialEvents === true && options.allowWatchBookmarks,
    ...(options.allowWatchBookmarks && { bookmarks: bookmarkTimes(timeoutMs) }),
  }
  return stream(events(exchange, registry.watch(resource, info.namespace, query, ended), write), mediaType)
}

/** When the client has gone or the time is over. Without a signal nobody tells that the client has gone: then no sleep is begun that would last. */
function endOf({ clock, request: { signal } }: Exchange, timeoutMs: number): AbortSignal {
  if (!signal) return AbortSignal.timeout(timeoutMs)
  const over = new AbortController()
  const end = (): void => {
    over.abort()
  }
  clock.sleep(timeoutMs, signal).then(end, end)
  return over.signal
}

/** After which revision events are sent; undefined for those of everything that is there first. */
function startOf({ sendInitialEvents }: ListOptions, wanted: number, latest: number): number | undefined {
  if (sendInitialEvents === true) return undefined
  if (wanted > 0) return wanted
  return sendInitialEvents === false ? latest : undefined
}

function bookmarkTimes(timeoutMs: number): (due: () => void) => () => void {
  return (due) => {
    const timers = [setInterval(due, BOOKMARK_EVERY_MS)]
    if (timeoutMs > BOOKMARK_BEFORE_END_MS) timers.push(setTimeout(due, timeoutMs - BOOKMARK_BEFORE_END_MS))
    for (const timer of timers) timer.unref()
    return () => {
      for (const timer of timers) clearTimeout(timer)
    }
  }
}

async function* events(
  exchange: Exchange,
  changes: AsyncIterable<WatchEvent>,
  write: WriteEvent,
): AsyncGenerator<Buffer> {
  const { form, now, resource } = exchange
  const opened = Date.now()
  let first = true
  try {
    for await (const event of changes) {
      const object = event.type === 'BOOKMARK' ? bookmark(exchange, event) : event.object
      const at = new Date(now.getTime() + (Date.now() - opened))
      const shown = oneInForm(resource, object, form, at)
      // The columns of a table are described once.
      const bare = form.conversion?.kind === 'Table' && !first
      first = false
      yield write(event.type, bare ? { ...shown, columnDefinitions: null } : shown)
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    yield write('ERROR', error.object())
  }
}

/** An empty object that carries a revision. */
function bookmark({ resource }: Exchange, event: { revision: number; initialEventsEnd: boolean }): KubeObject {
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  return canonical(resource.type, {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(event.revision), ...(event.initialEventsEnd && { annotations }) },
  })
}

/** An event on the wire. @param object - never changes. */
type WriteEvent = (type: string, object: object) => Buffer

const asLine: WriteEvent = (type, object) => Buffer.from(`{"type":"${type}","object":${goJsonOnce(object)}}\n`)

async function* only(chunk: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(chunk)
}

function stream(body: AsyncIterable<Uint8Array>, mediaType: MediaType): LabResponse {
  const type = mediaType === PROTOBUF ? `${mediaType};stream=watch` : mediaType
  return { status: 200, headers: [['Content-Type', type]], body }
}
