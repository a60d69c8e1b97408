/** Updates of objects and their subresources. Source: apiserver pkg/registry/generic/registry/store.go (Update), pkg/registry/rest/update.go. */
import { type FieldError, invalid } from '../field-error.ts'
import { apiVersionOf, collectionOf, type Context, type Resource, type Strategy } from '../resources/resource.ts'
import { parseGoInteger } from '../schema/go-number.ts'
import { conflict, invalidObject, notFound, unknownError } from '../status.ts'
import type { KubeObject, Store } from '../storage.ts'
import { pathSegmentName, validateObjectMeta, validateObjectMetaUpdate } from '../validation.ts'
import {
  canonicalObject,
  find,
  keyOf,
  putObject,
  refuseInvalid,
  resourceName,
  uidConflict,
  type Place,
} from './object.ts'

export interface Update {
  readonly place: Place & { readonly subresource: string }
  /** The object that is to be, made from the one that is; its UID, if given, must be that of the object. */
  readonly next: (old: KubeObject) => KubeObject
  /** UID that the object must have; undefined for any. */
  readonly uid?: string | undefined
  /** Sees the object before it is validated, and may change it. @throws StatusError */
  readonly admitBefore?: (next: KubeObject, old: KubeObject) => KubeObject
  /** Sees the valid object. @throws StatusError */
  readonly admitAfter?: (next: KubeObject, old: KubeObject) => void
  /** Creates the object when there is none, for kinds that allow it. */
  readonly create?: (() => KubeObject) | undefined
  readonly dryRun: boolean
}

export interface Updated {
  readonly object: KubeObject
  readonly created: boolean
}

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'

/** @throws StatusError 404, 409 for another UID or version, 422 with the reasons */
export function updateObject(store: Store, resource: Resource, update: Update, context: Context): Updated {
  const { place, uid } = update
  const old = find(store, resource, place)
  if (uid !== undefined && uid !== old?.metadata.uid) throw uidConflict(resource, place, uid, old?.metadata.uid ?? '')
  if (!old) {
    if (!update.create) throw notFound(resourceName(resource), place.name)
    return { object: update.create(), created: true }
  }
  const changed = update.next(old)
  const given = update.admitBefore?.(changed, old) ?? changed
  checkVersion(resource, place.name, given, old)
  const next = prepared(resource, place.subresource, given, old, context)
  update.admitAfter?.(next, old)
  if (update.dryRun) return { object: canonicalObject(resource, next), created: false }
  if (isToBeDeleted(next, old)) {
    // Watches see the object as it was stored, the caller as it would have been.
    store.delete(collectionOf(resource), keyOf(place))
    return { object: canonicalObject(resource, next), created: false }
  }
  return { object: putObject(store, resource, place, next), created: false }
}

function checkVersion(resource: Resource, name: string, given: KubeObject, old: KubeObject): void {
  const version = versionOf(given.metadata.resourceVersion ?? '')
  if (version === 0 && resource.unconditionalUpdate !== false) return
  if (version === 0) {
    const error = invalid('metadata.resourceVersion', '0x0', 'must be specified for an update')
    throw invalidObject(resourceName(resource), name, [error])
  }
  if (String(version) !== old.metadata.resourceVersion) throw conflict(resourceName(resource), name, MODIFIED)
}

function versionOf(text: string): number {
  try {
    return text === '' ? 0 : parseGoInteger(text, 'ParseUint')
  } catch (error) {
    throw unknownError((error as Error).message)
  }
}

/** `rest.BeforeUpdate`: what nobody may change is put back, the rest is validated. */
function prepared(
  resource: Resource,
  subresource: string,
  given: KubeObject,
  old: KubeObject,
  context: Context,
): KubeObject {
  const strategy: Strategy = subresource ? (resource.subresources?.[subresource] ?? {}) : resource.strategy
  const { generation: _generation, managedFields: _managers, ...meta } = given.metadata
  const { resourceVersion = '', uid = '', creationTimestamp = '' } = old.metadata
  const { generation, deletionTimestamp, deletionGracePeriodSeconds } = old.metadata
  const object: KubeObject = {
    ...given,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      ...meta,
      ...(resource.namespaced ? { namespace: meta.namespace ?? old.metadata.namespace ?? '' } : {}),
      uid: meta.uid ?? uid,
      resourceVersion,
      creationTimestamp,
      ...(generation !== undefined && { generation }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    },
  }
  if (!resource.namespaced) delete object.metadata.namespace
  const next = strategy.prepareForUpdate?.(object, old, context) ?? object
  const metaErrors: FieldError[] = [
    ...validateObjectMeta(next.metadata, resource.namespaced, pathSegmentName),
    ...validateObjectMetaUpdate(next.metadata, old.metadata),
  ]
  const own = strategy.validateUpdate?.(next, old) ?? [
    ...validateObjectMetaUpdate(next.metadata, old.metadata),
    ...(strategy.validate?.(next) ?? []),
  ]
  refuseInvalid(resource, next.metadata.name ?? '', [...metaErrors, ...own])
  return next
}

/** The last finalizer of an object that waits for its deletion is gone. */
function isToBeDeleted(next: KubeObject, old: KubeObject): boolean {
  return (next.metadata.finalizers ?? []).length === 0 && old.metadata.deletionGracePeriodSeconds === 0
}
