/** A store as one sees it who knows its objects in another form. Source: apimachinery pkg/runtime/serializer/versioning. */
import type { Resource } from '../resources/resource.ts'
import type { Store, StoreEvent } from '../storage.ts'

/** The store for a resource: itself, unless another group version stores its objects. */
export function storeFor(store: Store, { stored }: Resource): Store {
  if (!stored) return store
  const { read, write } = stored
  const seen = (event: StoreEvent): StoreEvent => ({
    ...event,
    object: read(event.object),
    ...(event.previous && { previous: read(event.previous) }),
  })
  return {
    get revision() {
      return store.revision
    },
    revisionOf: (collection) => store.revisionOf(collection),
    compact: () => {
      store.compact()
    },
    get: (collection, key) => {
      const found = store.get(collection, key)
      return found && read(found)
    },
    list: (collection, revision) => store.list(collection, revision)?.map(([key, object]) => [key, read(object)]),
    put: (collection, key, object) => read(store.put(collection, key, write(object))),
    delete: (collection, key) => {
      const gone = store.delete(collection, key)
      return gone && read(gone)
    },
    since: (collection, revision) => store.since(collection, revision)?.map(seen),
    subscribe: (collection, key, listener) =>
      store.subscribe(collection, key, (event) => {
        listener(seen(event))
      }),
  }
}
