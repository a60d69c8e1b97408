/** Creation. Source: apiserver pkg/registry/generic/registry/store.go (Create), pkg/registry/rest/create.go. */
import { randomInt, randomUUID } from 'node:crypto'
import { apiVersionOf, type Context, type Resource } from '../resources/resource.ts'
import { alreadyExists } from '../status.ts'
import type { KubeObject, Store } from '../storage.ts'
import { pathSegmentName, validateObjectMeta } from '../validation.ts'
import { canonicalObject, find, putObject, refuseInvalid, resourceName } from './object.ts'

/** Characters of generated names. Source: apimachinery pkg/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
/** Longest base of a generated name. Source: apiserver pkg/storage/names/generate.go. */
const LONGEST_BASE = 58

export interface CreateOptions {
  readonly dryRun?: boolean
  /** Sees the valid object before it is stored. @throws StatusError */
  readonly admit?: (object: KubeObject) => void
}

/** @throws StatusError 409 for a name that is taken, 422 with the reasons */
export function createObject(
  store: Store,
  resource: Resource,
  namespace: string,
  given: KubeObject,
  context: Context,
  { dryRun = false, admit }: CreateOptions = {},
): KubeObject {
  const {
    resourceVersion: _version,
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    managedFields: _managers,
    ...meta
  } = given.metadata
  if (!resource.namespaced) delete meta.namespace
  const name = meta.name ?? (meta.generateName ? generatedName(meta.generateName) : undefined)
  const metadata = {
    ...meta,
    ...(name !== undefined && { name }),
    ...(resource.namespaced && { namespace: meta.namespace ?? namespace }),
    uid: randomUUID(),
    creationTimestamp: `${context.now.toISOString().slice(0, 19)}Z`,
  }
  const raw = { ...given, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata }
  const object = resource.strategy.prepareForCreate?.(raw, context) ?? raw
  refuseInvalid(resource, name ?? '', [
    ...validateObjectMeta(metadata, resource.namespaced, resource.nameRule),
    ...(resource.strategy.validate?.(object) ?? []),
  ])
  refuseInvalid(resource, name ?? '', validateObjectMeta(metadata, resource.namespaced, pathSegmentName))
  admit?.(object)
  const place = { namespace: resource.namespaced ? namespace : '', name: name ?? '' }
  if (find(store, resource, place)) throw alreadyExists(resourceName(resource), place.name)
  return dryRun ? canonicalObject(resource, object) : putObject(store, resource, place, object)
}

function generatedName(base: string): string {
  const suffix = Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return base.slice(0, LONGEST_BASE) + suffix
}
