/** The resources that the lab serves, all by one registry. */
import { serviceAccountType } from '../schema/core.ts'
import { clusterRoleBindingType, clusterRoleType, roleBindingType, roleType } from '../schema/rbac.ts'
import { pathSegmentName, subdomainName } from '../validation.ts'
import { clusterRoleBindingTable, roleBindingTable } from './bindings.ts'
import { certificateSigningRequests } from './certificate-signing-requests.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import { configMaps } from './config-maps.ts'
import { csiNodes } from './csi-nodes.ts'
import { events } from './events.ts'
import { leases } from './leases.ts'
import { namespaces } from './namespaces.ts'
import { newEvents } from './new-events.ts'
import { nodes } from './nodes.ts'
import type { Resource } from './resource.ts'
import { secrets } from './secrets.ts'
import { strangers } from './strangers.ts'

const core = { group: '', version: 'v1', nameRule: subdomainName, strategy: {} } as const
const rbac = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  nameRule: pathSegmentName,
  strategy: {},
  createOnUpdate: true,
} as const

const SECRETS =
  'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use. Pods are only limited to this list if this service account has a "kubernetes.io/enforce-mountable-secrets" annotation set to "true". This field should not be used to find auto-generated service account token secrets for use outside of pods. Instead, tokens can be requested directly using the TokenRequest API, or service account token secrets can be manually created. More info: https://kubernetes.io/docs/concepts/configuration/secret'

export const resources: readonly Resource[] = [
  certificateSigningRequests,
  nodes,
  secrets,
  configMaps,
  namespaces,
  events,
  {
    ...core,
    plural: 'serviceaccounts',
    singular: 'serviceaccount',
    kind: 'ServiceAccount',
    namespaced: true,
    shortNames: ['sa'],
    posted: { token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } },
    type: serviceAccountType,
    table: {
      columns: [nameColumn, { name: 'Secrets', description: SECRETS }, ageColumn],
      cells: (object, now) => {
        const { length } = (object['secrets'] ?? []) as readonly unknown[]
        return [object.metadata.name ?? '', length, age(object, now)]
      },
    },
  },
  leases,
  newEvents,
  { ...rbac, plural: 'roles', singular: 'role', kind: 'Role', namespaced: true, type: roleType },
  {
    ...rbac,
    plural: 'rolebindings',
    singular: 'rolebinding',
    kind: 'RoleBinding',
    namespaced: true,
    type: roleBindingType,
    table: roleBindingTable,
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
    table: clusterRoleBindingTable,
  },
  csiNodes,
  ...strangers,
]
