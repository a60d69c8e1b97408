/** Types of `rbac.authorization.k8s.io/v1`. Source: `staging/src/k8s.io/api/rbac/v1/{types.go,generated.proto}`. */
import { apiType, list, map, named, string, struct } from './schema.ts'
import { objectMeta } from './meta.ts'

const policyRule = struct('v1.PolicyRule', {
  verbs: [1, list(string), 'always'],
  apiGroups: [2, list(string)],
  resources: [3, list(string)],
  resourceNames: [4, list(string)],
  nonResourceURLs: [5, list(string)],
})

const subject = struct('v1.Subject', {
  kind: [1, string, 'always'],
  apiGroup: [2, string],
  name: [3, string, 'always'],
  namespace: [4, string],
})

const roleRef = struct('v1.RoleRef', {
  apiGroup: [1, string, 'always'],
  kind: [2, string, 'always'],
  name: [3, string, 'always'],
})

const requirement = struct('v1.LabelSelectorRequirement', {
  key: [1, string, 'always'],
  operator: [2, named('v1.LabelSelectorOperator'), 'always'],
  values: [3, list(string)],
})
const labelSelector = struct('v1.LabelSelector', {
  matchLabels: [1, map(string)],
  matchExpressions: [2, list(requirement)],
})
const aggregationRule = struct('v1.AggregationRule', { clusterRoleSelectors: [1, list(labelSelector)] })

export const roleType = apiType('v1.Role', { metadata: [1, objectMeta], rules: [2, list(policyRule), 'always'] })

export const clusterRoleType = apiType('v1.ClusterRole', {
  metadata: [1, objectMeta],
  rules: [2, list(policyRule), 'always'],
  aggregationRule: [3, aggregationRule, 'pointer'],
})

const binding = { metadata: [1, objectMeta], subjects: [2, list(subject)], roleRef: [3, roleRef, 'always'] } as const

export const roleBindingType = apiType('v1.RoleBinding', binding)
export const clusterRoleBindingType = apiType('v1.ClusterRoleBinding', binding)
