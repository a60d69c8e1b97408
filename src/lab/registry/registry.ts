/** The generic verbs over the store, one file each. Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go. */
import { collectionOf, type Context, type Resource } from '../resources/resource.ts'
import type { KubeObject, Store, StoreEvent } from '../storage.ts'
import { storeFor } from './converted-store.ts'
import { type CreateOptions, createObject } from './create.ts'
import { type Deleted, deleteObject, type DeleteOptions } from './delete.ts'
import { emptyNamespace } from './empty-namespace.ts'
import { type List, listObjects, type ListQuery } from './list.ts'
import { getObject, type Place } from './object.ts'
import { type Update, type Updated, updateObject } from './update.ts'
import { type WatchEvent, watchObjects, type WatchQuery } from './watch.ts'

export interface Registry {
  create(
    resource: Resource,
    namespace: string,
    object: KubeObject,
    context: Context,
    options?: CreateOptions,
  ): KubeObject
  get(resource: Resource, namespace: string, name: string): KubeObject
  list(resource: Resource, namespace: string, query: ListQuery): List
  watch(resource: Resource, namespace: string, query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchEvent>
  /** Tells of every change of an object, while it is made, until the function that it returns is called. */
  follow(resource: Resource, tell: (event: StoreEvent) => void): () => void
  /** Replaces an object, or by its own rules one of its subresources. */
  update(resource: Resource, update: Update, context: Context): Updated
  delete(resource: Resource, place: Place, options: DeleteOptions, now: Date): Deleted
}

export function createRegistry(store: Store): Registry {
  return {
    create: (resource, namespace, object, context, options) =>
      createObject(storeFor(store, resource), resource, namespace, object, context, options),
    get: (resource, namespace, name) => getObject(storeFor(store, resource), resource, { namespace, name }),
    list: (resource, namespace, query) => listObjects(storeFor(store, resource), resource, namespace, query),
    watch: (resource, namespace, query, signal) =>
      watchObjects(storeFor(store, resource), resource, namespace, query, signal),
    follow: (resource, tell) => storeFor(store, resource).subscribe(collectionOf(resource), undefined, tell),
    update: (resource, update, context) => updateObject(storeFor(store, resource), resource, update, context),
    delete: (resource, place, options, now) => {
      const deleted = deleteObject(storeFor(store, resource), resource, place, options, now)
      if (deleted.gone && !options.dryRun && resource.plural === 'namespaces') emptyNamespace(store, place.name, now)
      return deleted
    },
  }
}
