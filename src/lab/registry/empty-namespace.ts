/** What was in a namespace goes with it; the real server has a controller for that. Source: pkg/controller/namespace/deletion. */
import { collectionOf } from '../resources/resource.ts'
import { resources } from '../resources/resources.ts'
import type { Store } from '../storage.ts'
import { deleteObject } from './delete.ts'

export function emptyNamespace(store: Store, name: string, now: Date): void {
  for (const resource of resources.filter(({ namespaced, stored }) => namespaced && !stored)) {
    for (const [key, { metadata }] of store.list(collectionOf(resource)) ?? []) {
      if (!key.startsWith(`${name}/`)) continue
      deleteObject(store, resource, { namespace: name, name: metadata.name ?? '' }, { dryRun: false }, now)
    }
  }
}
