/** The resources that the lab serves, all by one registry. */
import { configMapType, namespaceType, nodeType, serviceAccountType } from '../schema/core.ts'
import { clusterRoleBindingType, clusterRoleType, roleBindingType, roleType } from '../schema/rbac.ts'
import type { Struct } from '../schema/schema.ts'
import type { KubeObject } from '../storage.ts'
import { pathSegmentName, subdomainName } from '../validation.ts'
import { certificateSigningRequests } from './certificate-signing-requests.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import { events } from './events.ts'
import { leases } from './leases.ts'
import { type Resource, withStatusOf } from './resource.ts'
import { secrets } from './secrets.ts'

const core = { group: '', version: 'v1', nameRule: subdomainName, strategy: {} } as const
const rbac = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  nameRule: pathSegmentName,
  strategy: {},
  createOnUpdate: true,
} as const

interface NodeCondition {
  type: string
  status: string
}

/** Source: pkg/printers/internalversion/printers.go, printNode. */
function nodeState(node: KubeObject): string {
  const { conditions = [] } = (node['status'] ?? {}) as unknown as { conditions?: NodeCondition[] }
  const ready = conditions.find(({ type }) => type === 'Ready')
  return ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
}

const nodes: Resource = {
  ...core,
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  storedAs: 'minions',
  type: nodeType,
  selectable: (object) => ({
    'spec.unschedulable': nested(object, 'spec')['unschedulable'] === true ? 'true' : 'false',
  }),
  strategy: { prepareForUpdate: (object, old) => withStatusOf(object, old) },
  subresources: {
    status: {
      prepareForUpdate: (object, old) => ({ ...old, metadata: object.metadata, status: object['status'] ?? {} }),
    },
  },
  table: {
    columns: [nameColumn, { name: 'Status', description: 'Whether the node is ready.' }, ageColumn],
    cells: (object, now) => [object.metadata.name ?? '', nodeState(object), age(object, now)],
  },
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const nested = (object: KubeObject, field: string): Struct => (object[field] ?? {}) as Struct

export const resources: readonly Resource[] = [
  certificateSigningRequests,
  nodes,
  secrets,
  {
    ...core,
    plural: 'configmaps',
    singular: 'configmap',
    kind: 'ConfigMap',
    namespaced: true,
    shortNames: ['cm'],
    type: configMapType,
  },
  {
    ...core,
    plural: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    selectable: (object) => ({ 'status.phase': text(nested(object, 'status')['phase']) }),
    type: namespaceType,
  },
  events,
  {
    ...core,
    plural: 'serviceaccounts',
    singular: 'serviceaccount',
    kind: 'ServiceAccount',
    namespaced: true,
    shortNames: ['sa'],
    type: serviceAccountType,
  },
  leases,
  { ...rbac, plural: 'roles', singular: 'role', kind: 'Role', namespaced: true, type: roleType },
  {
    ...rbac,
    plural: 'rolebindings',
    singular: 'rolebinding',
    kind: 'RoleBinding',
    namespaced: true,
    type: roleBindingType,
  },
  {
    ...rbac,
    plural: 'clusterroles',
    singular: 'clusterrole',
    kind: 'ClusterRole',
    namespaced: false,
    type: clusterRoleType,
  },
  {
    ...rbac,
    plural: 'clusterrolebindings',
    singular: 'clusterrolebinding',
    kind: 'ClusterRoleBinding',
    namespaced: false,
    type: clusterRoleBindingType,
  },
]
