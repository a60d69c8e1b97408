/**
 * What is asked of a request that authorization let through: some plugins before the object is validated, which may also change
 * it, and some after. Source: apiserver pkg/admission; pkg/kubeapiserver/options/plugins.go.
 */
import type { User } from '../authentication/user.ts'
import type { Authorize } from '../authorization/authorizer.ts'
import type { Generation } from '../generation.ts'
import type { RequestInfo } from '../request.ts'
import { collectionOf, type Resource } from '../resources/resource.ts'
import type { KubeObject, Store } from '../storage.ts'
import { admitCertificate } from './certificates.ts'
import { requireNamespace } from './namespace-lifecycle.ts'
import { restrictNode } from './node-restriction.ts'

export interface AdmissionRequest {
  readonly resource: Resource
  readonly info: RequestInfo
  readonly object: KubeObject
  /** The stored object, of an update. */
  readonly old: KubeObject | undefined
  readonly user: User
  readonly authorize: Authorize
  readonly store: Store
  readonly generation: Generation
}

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const

/**
 * Before validation: NamespaceLifecycle, NodeRestriction and TaintNodesByCondition.
 * @returns the object as it goes on.
 * @throws StatusError 403, 404
 */
export function admitBefore(request: AdmissionRequest): KubeObject {
  const { info, object, old, resource, store } = request
  if (old === undefined) requireNamespace(store, resource, info)
  restrictNode(request)
  const created = old === undefined && info.subresource === ''
  return created && collectionOf(resource) === 'nodes.' ? tainted(object) : object
}

/** After validation. @throws StatusError 403 */
export function admitAfter(request: AdmissionRequest): void {
  if (collectionOf(request.resource) === 'certificatesigningrequests.certificates.k8s.io') admitCertificate(request)
}

/** A new node is not ready, which a scheduler should know. Source: plugin/pkg/admission/nodetaint/admission.go. */
function tainted(node: KubeObject): KubeObject {
  const spec = (node['spec'] ?? {}) as { taints?: { key: string; effect: string }[] }
  const taints = spec.taints ?? []
  if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return node
  return { ...node, spec: { ...spec, taints: [...taints, NOT_READY] } }
}
