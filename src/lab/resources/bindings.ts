/** Bindings as rows. Source: pkg/printers/internalversion/printers.go, printRoleBinding; pkg/apis/rbac/helpers.go, SubjectsStrings. */
import type { KubeObject } from '../storage.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import type { TableShape } from './resource.ts'

interface Subject {
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

const CANNOT = 'If the RoleRef cannot be resolved, the Authorizer must return an error.'

function bindingTable(kind: string, role: string): TableShape {
  const wide = (name: string): TableShape['columns'][number] => ({
    name,
    priority: 1,
    description: `${name} in the ${kind}`,
  })
  return {
    columns: [
      ...[nameColumn, { name: 'Role', description: `${role} ${CANNOT}` }, ageColumn],
      ...['Users', 'Groups', 'ServiceAccounts'].map(wide),
    ],
    cells: (object, now) => [object.metadata.name ?? '', roleOf(object), age(object, now), ...subjectsOf(object)],
  }
}

function roleOf(binding: KubeObject): string {
  const { kind = '', name = '' } = (binding['roleRef'] ?? {}) as { kind?: string; name?: string }
  return `${kind}/${name}`
}

/** Users, groups and service accounts. */
function subjectsOf(binding: KubeObject): string[] {
  const subjects = (binding['subjects'] ?? []) as unknown as readonly Subject[]
  const named = (kind: string, show: (subject: Subject) => string): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(show)
      .join(', ')
  return [
    named('User', ({ name }) => name),
    named('Group', ({ name }) => name),
    named('ServiceAccount', ({ name, namespace = '' }) => (namespace === '' ? name : `${namespace}/${name}`)),
  ]
}

export const roleBindingTable = bindingTable(
  'roleBinding',
  'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace.',
)
export const clusterRoleBindingTable = bindingTable(
  'clusterRoleBinding',
  'RoleRef can only reference a ClusterRole in the global namespace.',
)
