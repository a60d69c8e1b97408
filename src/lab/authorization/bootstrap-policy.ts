/**
 * The ClusterRoles and bindings that an API server makes for itself, as far as nodes and certificates need them, and those that
 * kubeadm adds. Source: `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy,namespace_policy}.go`,
 * `cmd/kubeadm/app/phases/bootstraptoken`.
 */
import type { Generation } from '../generation.ts'
import type { Struct } from '../schema/schema.ts'
import { nodeRules } from './node.ts'
import type { PolicyRule } from './rules.ts'

const CERTIFICATES = 'certificates.k8s.io'
const CSRS = 'certificatesigningrequests'
const SIGNER = 'kubernetes.io/'

const rule = (verbs: string, group: string, resources: string, names?: string[]): PolicyRule => ({
  verbs: verbs.split(' ').sort(),
  apiGroups: [group],
  resources: resources.split(' ').sort(),
  ...(names ? { resourceNames: names.sort() } : {}),
})
const urls = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs: nonResourceURLs.sort() })
const events = [rule('create patch update', '', 'events'), rule('create patch update', 'events.k8s.io', 'events')]

const INFO_PATHS = ['/livez', '/readyz', '/healthz', '/version', '/version/']

/** Name, rules and subjects (`Group x`, `User x`, `ServiceAccount ns/x`) of each stock ClusterRole; without subjects no binding. */
function stockRoles(generation: Generation): [name: string, rules: readonly PolicyRule[], ...subjects: string[]][] {
  const all: PolicyRule[] = [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]
  const basicUser = [rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews')]
  if (generation.selfSubjectReview) basicUser.push(rule('create', 'authentication.k8s.io', 'selfsubjectreviews'))
  const approverOf = (name: string): [string, PolicyRule[]] => [
    `system:certificates.k8s.io:${name}-approver`,
    [rule('approve', CERTIFICATES, 'signers', [SIGNER + name])],
  ]
  const clientOf = (subresource: string): [string, PolicyRule[]] => [
    `system:certificates.k8s.io:${CSRS}:${subresource}`,
    [rule('create', CERTIFICATES, `${CSRS}/${subresource}`)],
  ]
  return [
    ['cluster-admin', all, 'Group system:masters'],
    [
      'system:discovery',
      [
        urls(...INFO_PATHS, '/openapi', '/openapi/*', '/api', '/api/*', '/apis', '/apis/*'),
        // Recorded from a 1.26 server; later ones do not have it.
        ...(generation.wellKnownInDiscovery ? [urls('/.well-known', '/.well-known/*')] : []),
      ],
      'Group system:authenticated',
    ],
    ['system:basic-user', basicUser, 'Group system:authenticated'],
    ['system:public-info-viewer', [urls(...INFO_PATHS)], 'Group system:authenticated', 'Group system:unauthenticated'],
    [
      'system:monitoring',
      [urls('/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/metrics/slis', '/readyz', '/readyz/*')],
      'Group system:monitoring',
    ],
    [
      'system:auth-delegator',
      [
        rule('create', 'authentication.k8s.io', 'tokenreviews'),
        rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      ],
    ],
    ['system:node', nodeRules],
    ['system:node-bootstrapper', [rule('create get list watch', CERTIFICATES, CSRS)]],
    clientOf('nodeclient'),
    clientOf('selfnodeclient'),
    approverOf('legacy-unknown'),
    approverOf('kubelet-serving'),
    approverOf('kube-apiserver-client'),
    approverOf('kube-apiserver-client-kubelet'),
    [
      'system:kube-controller-manager',
      [
        ...events,
        rule('create', 'coordination.k8s.io', 'leases'),
        rule('get update', 'coordination.k8s.io', 'leases', ['kube-controller-manager']),
        rule('create', '', 'secrets serviceaccounts'),
        rule('delete', '', 'secrets'),
        rule('get', '', 'configmaps namespaces secrets serviceaccounts'),
        rule('update', '', 'secrets serviceaccounts'),
        rule('create', 'authentication.k8s.io', 'tokenreviews'),
        rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
        rule('list watch', '*', '*'),
        rule('create', '', 'serviceaccounts/token'),
      ],
      'User system:kube-controller-manager',
    ],
    [
      'system:controller:certificate-controller',
      [
        rule('get list watch delete', CERTIFICATES, CSRS),
        rule('update', CERTIFICATES, `${CSRS}/status ${CSRS}/approval`),
        rule('approve', CERTIFICATES, 'signers', [`${SIGNER}kube-apiserver-client-kubelet`]),
        rule(
          'sign',
          CERTIFICATES,
          'signers',
          ['legacy-unknown', 'kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving'].map(
            (name) => SIGNER + name,
          ),
        ),
        rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
        ...events,
      ],
      'ServiceAccount kube-system/certificate-controller',
    ],
  ]
}

const stockMetadata = (name: string) => ({
  name,
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
})

const RBAC = 'rbac.authorization.k8s.io'

function subjectOf(text: string): Struct {
  const [kind = '', name = ''] = text.split(' ')
  if (kind !== 'ServiceAccount') return { kind, apiGroup: RBAC, name }
  const [namespace = '', account = ''] = name.split('/')
  return { kind, name: account, namespace }
}

const binding = (name: string, role: string, subjects: string[], metadata: Struct = { name }): Struct => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRoleBinding',
  metadata,
  subjects: subjects.map(subjectOf),
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
})

/** What every API server has. */
export function stockPolicy(generation: Generation): Struct[] {
  return stockRoles(generation).flatMap(([name, rules, ...subjects]) => {
    const role = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: stockMetadata(name), rules: rules as never }
    return subjects.length ? [role, binding(name, name, subjects, stockMetadata(name))] : [role]
  })
}

/** The group that kubeadm gives to the tokens it makes. */
export const KUBEADM_TOKEN_GROUP = 'system:bootstrappers:kubeadm:default-node-token'

/** What `kubeadm init` adds so that nodes can join with a token. */
export function kubeadmPolicy(options: { approve: boolean }): Struct[] {
  const token = `Group ${KUBEADM_TOKEN_GROUP}`
  const client = (which: string) => `system:certificates.k8s.io:${CSRS}:${which}`
  const clusterInfo = 'kubeadm:bootstrap-signer-clusterinfo'
  return [
    binding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', [token]),
    ...(options.approve
      ? [
          binding('kubeadm:node-autoapprove-bootstrap', client('nodeclient'), [token]),
          binding('kubeadm:node-autoapprove-certificate-rotation', client('selfnodeclient'), ['Group system:nodes']),
        ]
      : []),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'kubeadm:get-nodes' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }],
    },
    binding('kubeadm:get-nodes', 'kubeadm:get-nodes', [token]),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: { name: clusterInfo, namespace: 'kube-public' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'] }],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: clusterInfo, namespace: 'kube-public' },
      subjects: [{ kind: 'User', apiGroup: RBAC, name: 'system:anonymous' }],
      roleRef: { apiGroup: RBAC, kind: 'Role', name: clusterInfo },
    },
  ]
}
