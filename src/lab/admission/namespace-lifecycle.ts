/** NamespaceLifecycle: no objects in namespaces that there are not. Source: apiserver pkg/admission/plugin/namespace/lifecycle/admission.go. */
import { find } from '../registry/object.ts'
import type { RequestInfo } from '../request.ts'
import { namespaces } from '../resources/namespaces.ts'
import { collectionOf, type Resource } from '../resources/resource.ts'
import { forbidden, notFound } from '../status.ts'
import type { Store } from '../storage.ts'

const IMMORTAL = ['default', 'kube-public', 'kube-system']
const NAMESPACES = { group: '', name: 'namespaces' }

/** @throws StatusError 404 */
export function requireNamespace(store: Store, resource: Resource, { namespace }: RequestInfo): void {
  if (!resource.namespaced || find(store, namespaces, { namespace: '', name: namespace })) return
  throw notFound(NAMESPACES, namespace)
}

/** @throws StatusError 403 */
export function refuseImmortal(resource: Resource, name: string): void {
  if (collectionOf(resource) === collectionOf(namespaces) && IMMORTAL.includes(name))
    throw forbidden(NAMESPACES, name, 'this namespace may not be deleted')
}
