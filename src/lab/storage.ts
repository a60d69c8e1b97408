/**
 * The store behind the registry: what etcd and the watch cache are to an API server. One counter of revisions, objects by
 * collection, and the recent history, from which watches resume and old revisions are read.
 */
import { compareBytes } from './schema/compare-bytes.ts'
import type { Struct } from './schema/schema.ts'

export interface ObjectMeta extends Struct {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  generation?: number
}

/** An API object. Objects in the store are never changed, only replaced. */
export interface KubeObject extends Struct {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  revision: number
  key: string
  object: KubeObject
  /** The state before; for DELETED the same as `object` but for the resourceVersion. */
  previous?: KubeObject
}

/** Events kept per collection. kube-apiserver keeps five minutes and at least 100. */
const HISTORY = 10_000

interface Collection {
  objects: Map<string, KubeObject>
  /** Keys in order; undefined after a change until somebody lists. */
  sorted: string[] | undefined
  history: StoreEvent[]
  /** Watches can start after this revision. */
  floor: number
  everything: Set<(event: StoreEvent) => void>
  byKey: Map<string, Set<(event: StoreEvent) => void>>
}

export interface Store {
  /** The revision of the latest change anywhere. */
  readonly revision: number
  /** The revision of the latest change in a collection; that of the last forgetting if there was none since. */
  revisionOf(collection: string): number
  /** Forgets all history: watches can only start from now on, as after a start of the API server. */
  compact(): void
  get(collection: string, key: string): KubeObject | undefined
  /** All objects in key order, as of `revision` if given. Undefined when that revision is no longer known. */
  list(collection: string, revision?: number): [key: string, object: KubeObject][] | undefined
  /** Stores and returns the object with its new resourceVersion. */
  put(collection: string, key: string, object: KubeObject): KubeObject
  delete(collection: string, key: string): KubeObject | undefined
  /** Events after `revision`, oldest first; undefined when they are no longer known. */
  since(collection: string, revision: number): StoreEvent[] | undefined
  /** Calls `listener` on each change, of one key only if `key` is given, until the returned function is called. */
  subscribe(collection: string, key: string | undefined, listener: (event: StoreEvent) => void): () => void
}

/** Where the store writes changes down before it tells anybody. */
export interface Journal {
  /** What was written down before: the revision reached, and the objects there are. */
  readonly saved: {
    readonly revision: number
    readonly objects: Iterable<readonly [collection: string, key: string, object: KubeObject]>
  }
  /** Durable when it returns. @throws when it cannot be; the change has not happened then */
  readonly write: (collection: string, event: StoreEvent) => void
}

/** @param journal - without one, everything is in memory alone. */
export function createStore(journal?: Journal): Store {
  const collections = new Map<string, Collection>()
  let revision = journal?.saved.revision ?? 1

  const collection = (name: string): Collection => {
    let found = collections.get(name)
    if (!found) {
      found = { objects: new Map(), sorted: undefined, history: [], floor: 0, everything: new Set(), byKey: new Map() }
      found.floor = compacted
      collections.set(name, found)
    }
    return found
  }
  let compacted = revision

  const record = (to: Collection, event: StoreEvent) => {
    to.history.push(event)
    if (to.history.length > HISTORY * 2) {
      to.floor = to.history[HISTORY - 1]?.revision ?? to.floor
      to.history = to.history.slice(HISTORY)
    }
    for (const listener of to.everything) listener(event)
    for (const listener of to.byKey.get(event.key) ?? []) listener(event)
  }

  const withVersion = (object: KubeObject, version: number): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(version) },
  })

  for (const [name, key, object] of journal?.saved.objects ?? []) collection(name).objects.set(key, object)

  return {
    get revision() {
      return revision
    },
    compact() {
      compacted = revision
      for (const each of collections.values()) {
        each.floor = revision
        each.history = []
      }
    },
    revisionOf(name) {
      const { history, floor } = collection(name)
      return history.at(-1)?.revision ?? floor
    },
    get: (name, key) => collection(name).objects.get(key),
    list(name, at) {
      const from = collection(name)
      if (at === undefined || at >= revision) {
        from.sorted ??= [...from.objects.keys()].sort(compareBytes)
        return from.sorted.flatMap((key) => {
          const object = from.objects.get(key)
          return object ? [[key, object] as [string, KubeObject]] : []
        })
      }
      if (at < from.floor) return undefined
      const past = new Map(from.objects)
      for (const event of from.history.toReversed()) {
        if (event.revision <= at) break
        if (event.previous) past.set(event.key, event.previous)
        else past.delete(event.key)
      }
      return [...past].sort(([a], [b]) => compareBytes(a, b))
    },
    put(name, key, object) {
      const into = collection(name)
      const previous = into.objects.get(key)
      const stored = withVersion(object, revision + 1)
      const type = previous ? 'MODIFIED' : 'ADDED'
      const event = { type, revision: revision + 1, key, object: stored, ...(previous ? { previous } : {}) } as const
      journal?.write(name, event)
      revision++
      into.objects.set(key, stored)
      if (!previous) into.sorted = undefined
      record(into, event)
      return stored
    },
    delete(name, key) {
      const from = collection(name)
      const previous = from.objects.get(key)
      if (!previous) return undefined
      const object = withVersion(previous, revision + 1)
      const event = { type: 'DELETED', revision: revision + 1, key, object, previous } as const
      journal?.write(name, event)
      revision++
      from.objects.delete(key)
      from.sorted = undefined
      record(from, event)
      return object
    },
    since(name, after) {
      const from = collection(name)
      if (after < from.floor) return undefined
      // The history is in order: search from the end, where most watches resume.
      let start = from.history.length
      while (start > 0 && (from.history[start - 1]?.revision ?? 0) > after) start--
      return from.history.slice(start)
    },
    subscribe(name, key, listener) {
      const to = collection(name)
      if (key === undefined) {
        to.everything.add(listener)
        return () => void to.everything.delete(listener)
      }
      const listeners = to.byKey.get(key) ?? new Set()
      to.byKey.set(key, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0 && to.byKey.get(key) === listeners) to.byKey.delete(key)
      }
    },
  }
}
