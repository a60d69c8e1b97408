/** What `certlet rbac` is asked for. */
export interface RbacOptions {
  /** Groups of the tokens that may join. */
  readonly groups: readonly string[]
  /** Whether the stock approver is to approve client certificates, the first and the later ones. */
  readonly autoApprove: boolean
  /** Whether new nodes may read cluster-info, and look whether their name is taken. */
  readonly clusterInfo: boolean
}

interface RbacObject {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1'
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [field: string]: unknown
}

const API_GROUP = 'rbac.authorization.k8s.io'
const apiVersion = `${API_GROUP}/v1` as const

/**
 * The bindings that TLS bootstrap needs, and that kubeadm makes under other names; the roles that they name are in every cluster.
 * Source: cmd/kubeadm/app/phases/bootstraptoken/{node/tlsbootstrap.go,clusterinfo/clusterinfo.go};
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go.
 */
export function bootstrapRbac({ groups, autoApprove, clusterInfo }: RbacOptions): RbacObject[] {
  const joining = groups.map((name) => ({ apiGroup: API_GROUP, kind: 'Group', name }))
  const nodes = [{ apiGroup: API_GROUP, kind: 'Group', name: 'system:nodes' }]
  const approved = 'system:certificates.k8s.io:certificatesigningrequests'
  const approval = [
    clusterBinding('certlet:approve-first-client-certificate', `${approved}:nodeclient`, joining),
    clusterBinding('certlet:approve-later-client-certificates', `${approved}:selfnodeclient`, nodes),
  ]
  return [
    clusterBinding('certlet:node-bootstrapper', 'system:node-bootstrapper', joining),
    ...(autoApprove ? approval : []),
    ...(clusterInfo ? discoveryRights(joining) : []),
  ]
}

function discoveryRights(joining: readonly object[]): RbacObject[] {
  const name = 'certlet:cluster-info'
  const namespace = 'kube-public'
  return [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: 'certlet:get-nodes' },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
    },
    clusterBinding('certlet:get-nodes', 'certlet:get-nodes', joining),
    {
      apiVersion,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] }],
    },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { apiGroup: API_GROUP, kind: 'Role', name },
      subjects: [{ apiGroup: API_GROUP, kind: 'User', name: 'system:anonymous' }],
    },
  ]
}

function clusterBinding(name: string, role: string, subjects: readonly object[]): RbacObject {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name: role },
    subjects,
  }
}
