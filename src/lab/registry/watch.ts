/**
 * Watches. A watch keeps a place in the history that all watches share, and no queue of its own: a reader that is slow costs no
 * memory, and one that is too slow is told to list again. Source: apiserver pkg/storage/cacher/cacher.go, cache_watcher.go.
 */
import { collectionOf, type Resource } from '../resources/resource.ts'
import type { Selector } from '../selectors/selector.ts'
import { expired, type StatusError } from '../status.ts'
import type { KubeObject, Store, StoreEvent } from '../storage.ts'

export interface WatchQuery {
  readonly selector: Selector
  /** Events after this revision; `undefined`: those of all present objects first. */
  readonly after: number | undefined
  /** Whether the end of the present objects is marked (WatchList). */
  readonly markInitialEvents?: boolean
  /** Calls back whenever a bookmark is due, until the function that it returns is called. */
  readonly bookmarks?: (due: () => void) => () => void
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

export type WatchEvent =
  | Change
  /** Nothing up to this revision was left out. */
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd: boolean }

/** The error of a watch that starts, or has fallen behind, further back than the history goes. */
export function tooOld(store: Store, collection: string, after: number): StatusError {
  return expired(`too old resource version: ${after} (${store.revisionOf(collection)})`)
}

/** Events until the signal aborts. @throws StatusError 410 when the history does not go back to `after`, at once or later. */
export async function* watchObjects(
  store: Store,
  resource: Resource,
  namespace: string,
  { selector, after, markInitialEvents = false, bookmarks }: WatchQuery,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const collection = collectionOf(resource)
  const concerns = (object: KubeObject): boolean => namespace === '' || object.metadata.namespace === namespace
  const selected = (object: KubeObject | undefined): boolean =>
    object !== undefined && concerns(object) && selector.matches(object)

  const start = after ?? store.revisionOf(collection)
  let seen = after ?? store.revision
  let wake: () => void = () => undefined
  /** Set by what happens while the reader is busy: the first change not looked at, and whether a bookmark is due. */
  const waiting: { change: number | undefined; bookmark: boolean } = {
    change: after === undefined ? undefined : after + 1,
    bookmark: false,
  }
  const stopChanges = store.subscribe(collection, onlyKey(resource, namespace, selector), ({ revision }) => {
    waiting.change ??= revision
    wake()
  })
  const stopBookmarks = bookmarks?.(() => {
    waiting.bookmark = true
    wake()
  })
  const onAbort = (): void => {
    wake()
  }
  signal.addEventListener('abort', onAbort)
  try {
    if (after === undefined) {
      const present = (store.list(collection) ?? []).map(([, object]) => object).filter(selected)
      present.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      for (const object of present) yield { type: 'ADDED', object }
      if (markInitialEvents) yield { type: 'BOOKMARK', revision: seen, initialEventsEnd: true }
    }
    while (!signal.aborted) {
      if (waiting.change !== undefined) {
        const from = Math.max(seen, waiting.change - 1)
        waiting.change = undefined
        const missed = store.since(collection, from)
        if (!missed) throw tooOld(store, collection, from)
        for (const event of missed) {
          seen = event.revision
          const turned = turn(event, selected)
          if (turned) yield turned
        }
      } else if (waiting.bookmark) {
        waiting.bookmark = false
        const revision = store.revisionOf(collection)
        // A client that knows as much already is not told again.
        if (revision > start) yield { type: 'BOOKMARK', revision, initialEventsEnd: false }
      } else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stopChanges()
    stopBookmarks?.()
    signal.removeEventListener('abort', onAbort)
  }
}

/** A change as those see it who watch only a part: an object that starts to be selected is new, one that stops is gone. */
function turn(
  { type, object, previous }: StoreEvent,
  selected: (object: KubeObject | undefined) => boolean,
): WatchEvent | undefined {
  const now = type !== 'DELETED' && selected(object)
  const before = selected(previous)
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object }
  if (!before || !previous) return undefined
  const { resourceVersion = '' } = object.metadata
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } }
}

function onlyKey({ namespaced }: Resource, namespace: string, { name }: Selector): string | undefined {
  if (name === undefined || (namespaced && namespace === '')) return undefined
  return namespaced ? `${namespace}/${name}` : name
}
