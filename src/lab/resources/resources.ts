/** The resources that the lab serves, all by one registry. */
import { namespaceType, serviceAccountType } from '../schema/core.ts'
import { clusterRoleBindingType, clusterRoleType, roleBindingType, roleType } from '../schema/rbac.ts'
import type { Struct } from '../schema/schema.ts'
import type { KubeObject } from '../storage.ts'
import { pathSegmentName, subdomainName } from '../validation.ts'
import { certificateSigningRequests } from './certificate-signing-requests.ts'
import { configMaps } from './config-maps.ts'
import { events } from './events.ts'
import { leases } from './leases.ts'
import { nodes } from './nodes.ts'
import type { Resource } from './resource.ts'
import { secrets } from './secrets.ts'

const core = { group: '', version: 'v1', nameRule: subdomainName, strategy: {} } as const
const rbac = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  nameRule: pathSegmentName,
  strategy: {},
  createOnUpdate: true,
} as const

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const nested = (object: KubeObject, field: string): Struct => (object[field] ?? {}) as Struct

export const resources: readonly Resource[] = [
  certificateSigningRequests,
  nodes,
  secrets,
  configMaps,
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
