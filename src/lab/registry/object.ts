/** What the verbs share: keys, lookups, and how errors name things. */
import { isDeepStrictEqual } from 'node:util'
import type { FieldError } from '../field-error.ts'
import { apiVersionOf, collectionOf, type Resource } from '../resources/resource.ts'
import { canonical } from '../schema/canonical.ts'
import { conflict, type GroupName, invalidObject, notFound, type StatusError } from '../status.ts'
import type { KubeObject, Store } from '../storage.ts'
import { refuseTooLarge } from './store-limit.ts'

/** Where an object is. */
export interface Place {
  readonly namespace: string
  readonly name: string
}

export const keyOf = ({ namespace, name }: Place): string => (namespace ? `${namespace}/${name}` : name)

/** The resource as errors name it. */
export const resourceName = ({ group, plural }: Resource): GroupName => ({ group, name: plural })

/** The kind as errors name it. */
export const kindName = ({ group, kind }: Resource): GroupName => ({ group, name: kind })

export const find = (store: Store, resource: Resource, place: Place): KubeObject | undefined =>
  store.get(collectionOf(resource), keyOf(place))

/** @throws StatusError 404 */
export function getObject(store: Store, resource: Resource, place: Place): KubeObject {
  const found = find(store, resource, place)
  if (!found) throw notFound(resourceName(resource), place.name)
  return found
}

/** @throws StatusError 422 if there are errors */
export function refuseInvalid(resource: Resource, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(kindName(resource), name, errors)
}

/** Stores an object, unless that would change nothing: then no revision is made and nobody is told. */
export function putObject(store: Store, resource: Resource, place: Place, object: KubeObject): KubeObject {
  const old = find(store, resource, place)
  const { resourceVersion = '0' } = old?.metadata ?? {}
  const versioned = { ...object, metadata: { ...object.metadata, resourceVersion } }
  // What is stored is in that form already; what is read in another form than the stored one need not be.
  const next = canonicalObject(resource, versioned, resource.stored ? undefined : old)
  if (old && isDeepStrictEqual(next, old)) return old
  refuseTooLarge(resource, keyOf(place), next, old)
  return store.put(collectionOf(resource), keyOf(place), next)
}

/** Source: apiserver pkg/storage/errors.go, NewInvalidObjError. */
export function uidConflict(resource: Resource, place: Place, wanted: string, found: string): StatusError {
  const key = `/registry/${resource.storedAs ?? resource.plural}/${keyOf(place)}`
  const why = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`
  return conflict(
    resourceName(resource),
    place.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  )
}

/**
 * The object as it is stored and sent.
 * @param old - one that is in this form: what both share is not made anew.
 */
export function canonicalObject(resource: Resource, object: KubeObject, old?: KubeObject): KubeObject {
  return canonical(resource.type, { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }, old)
}
