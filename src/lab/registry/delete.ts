/** Deletion, and what holds it up. Source: apiserver pkg/registry/generic/registry/store.go (Delete), pkg/registry/rest/delete.go. */
import { isDeepStrictEqual } from 'node:util'
import { collectionOf, type Resource } from '../resources/resource.ts'
import { conflict } from '../status.ts'
import type { KubeObject, Store } from '../storage.ts'
import { getObject, keyOf, kindName, type Place, putObject } from './object.ts'

/** `DeleteOptions`, validated. */
export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: string
  readonly orphanDependents?: boolean
  readonly dryRun: boolean
}

export interface Deleted {
  /** Whether it is gone; else its finalizers hold it. */
  readonly gone: boolean
  readonly object: KubeObject
}

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** @throws StatusError 404, 409 for another UID or version */
export function deleteObject(
  store: Store,
  resource: Resource,
  place: Place,
  options: DeleteOptions,
  now: Date,
): Deleted {
  const found = getObject(store, resource, place)
  checkPreconditions(resource, found, options)
  const finalizers = finalizersFor(found, options)
  if (finalizers.length === 0) {
    const { metadata } = found
    if (!isDeepStrictEqual(finalizers, metadata.finalizers ?? []) && !options.dryRun) {
      const { finalizers: _gone, ...rest } = metadata
      putObject(store, resource, place, { ...found, metadata: rest })
    }
    if (!options.dryRun) store.delete(collectionOf(resource), keyOf(place))
    return { gone: true, object: found }
  }
  const held = marked(found, finalizers, now)
  return { gone: false, object: options.dryRun ? held : putObject(store, resource, place, held) }
}

function checkPreconditions(resource: Resource, { metadata }: KubeObject, { preconditions = {} }: DeleteOptions): void {
  const { uid = '', resourceVersion = '', name = '' } = metadata
  const refuse = (why: string): never => {
    throw conflict(kindName(resource), name, why)
  }
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    refuse(
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). ` +
        'The object might have been deleted and then recreated',
    )
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    refuse(
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ` +
        `ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    )
  }
}

/** Source: deletionFinalizersForGarbageCollection. The lab has no garbage collector: such a deletion waits for a human. */
function finalizersFor({ metadata }: KubeObject, { propagationPolicy, orphanDependents }: DeleteOptions): string[] {
  const own = metadata.finalizers ?? []
  if (metadata.deletionTimestamp !== undefined) return own
  const others = own.filter((one) => one !== ORPHAN && one !== FOREGROUND)
  const asked = orphanDependents !== undefined || propagationPolicy !== undefined
  const kept = own.find((one) => one === ORPHAN || one === FOREGROUND)
  const wanted = asked
    ? propagationPolicy === 'Foreground'
      ? FOREGROUND
      : propagationPolicy === 'Orphan' || orphanDependents === true
        ? ORPHAN
        : undefined
    : kept
  if (wanted === undefined) return others
  return wanted === kept ? own : [...others, wanted]
}

function marked(object: KubeObject, finalizers: string[], now: Date): KubeObject {
  const { generation = 0, deletionGracePeriodSeconds, deletionTimestamp } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(deletionGracePeriodSeconds === undefined && generation > 0 && { generation: generation + 1 }),
      deletionTimestamp: deletionTimestamp ?? `${now.toISOString().slice(0, 19)}Z`,
      deletionGracePeriodSeconds: 0,
      finalizers,
    },
  }
}
