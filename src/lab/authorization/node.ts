/**
 * The Node authorizer: what a user `system:node:<name>` in group `system:nodes` may do. The lab runs no pods, so no Secret or
 * ConfigMap is ever related to a node. Source: `plugin/pkg/auth/authorizer/node/node_authorizer.go`,
 * `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go` (NodeRules).
 */
import { nodeNameOf } from '../authentication/user.ts'
import type { Attributes, Decision } from './authorizer.ts'
import { rulesAllow, type PolicyRule } from './rules.ts'

const rule = (verbs: string, apiGroups: string, ...resources: string[]): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: [apiGroups],
  resources,
})

export const nodeRules: readonly PolicyRule[] = [
  rule('create', 'authentication.k8s.io', 'tokenreviews'),
  rule('create', 'authorization.k8s.io', 'subjectaccessreviews', 'localsubjectaccessreviews'),
  rule('get list watch', '', 'services'),
  rule('create get list watch', '', 'nodes'),
  rule('update patch', '', 'nodes/status'),
  rule('update patch', '', 'nodes'),
  rule('create patch update', '', 'events'),
  rule('get list watch', '', 'pods'),
  rule('create delete', '', 'pods'),
  rule('update patch', '', 'pods/status'),
  rule('create', '', 'pods/eviction'),
  rule('get list watch', '', 'secrets', 'configmaps'),
  rule('get', '', 'persistentvolumeclaims', 'persistentvolumes'),
  rule('get', '', 'endpoints'),
  rule('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  rule('get create update patch delete', 'coordination.k8s.io', 'leases'),
  rule('get', 'storage.k8s.io', 'volumeattachments'),
  rule('create', '', 'serviceaccounts/token'),
  rule('get update patch', '', 'persistentvolumeclaims/status'),
  rule('get list watch', 'storage.k8s.io', 'csidrivers'),
  rule('get create update patch delete', 'storage.k8s.io', 'csinodes'),
  rule('get list watch', 'node.k8s.io', 'runtimeclasses'),
]

const LEASE_NAMESPACE = 'kube-node-lease'
const OWN_VERBS = ['get', 'create', 'update', 'patch', 'delete']
const READ_VERBS = ['get', 'list', 'watch']

const no = (reason = ''): Decision => ({ allowed: false, reason })
const yes: Decision = { allowed: true, reason: '' }

export function authorizeNode(attributes: Attributes): Decision {
  const node = nodeNameOf(attributes.user)
  if (node === undefined) return no()
  if (attributes.isResource) {
    switch (`${attributes.resource}.${attributes.group}`) {
      case 'secrets.':
      case 'configmaps.':
        return readObject(node, attributes)
      case 'persistentvolumeclaims.':
      case 'persistentvolumes.':
      case 'volumeattachments.storage.k8s.io':
        if (attributes.verb !== 'get') return no('can only get individual resources of this type')
        return unrelated(node)
      case 'serviceaccounts.':
        if (attributes.verb !== 'create' || attributes.subresource !== 'token')
          return no('can only create tokens for individual service accounts')
        return unrelated(node)
      case 'leases.coordination.k8s.io':
        return ownLease(node, attributes)
      case 'csinodes.storage.k8s.io':
        return ownCsiNode(node, attributes)
    }
  }
  return rulesAllow(nodeRules, attributes) ? yes : no()
}

const unrelated = (node: string) => no(`no relationship found between node '${node}' and this object`)

function readObject(node: string, { verb, subresource, namespace, name }: Attributes): Decision {
  if (!READ_VERBS.includes(verb)) return no('can only read resources of this type')
  if (subresource) return no('cannot read subresource')
  if (!namespace) return no('can only read namespaced object of this type')
  return name ? unrelated(node) : no('No Object name found')
}

function ownLease(node: string, { verb, namespace, name }: Attributes): Decision {
  if (!OWN_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a node lease')
  if (namespace !== LEASE_NAMESPACE)
    return no(`can only access leases in the ${JSON.stringify(LEASE_NAMESPACE)} system namespace`)
  if (verb !== 'create' && name !== node)
    return no('can only access node lease with the same name as the requesting node')
  return yes
}

function ownCsiNode(node: string, { verb, subresource, name }: Attributes): Decision {
  if (!OWN_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a CSINode')
  if (subresource) return no('cannot authorize CSINode subresources')
  if (verb !== 'create' && name !== node) return no('can only access CSINode with the same name as the requesting node')
  return yes
}
