/** Namespaces. Source: pkg/registry/core/namespace/strategy.go, pkg/apis/core/v1/defaults.go, pkg/printers/internalversion/printers.go. */
import { namespaceType } from '../schema/core.ts'
import type { KubeObject } from '../storage.ts'
import { dns1123Label, type NameRule } from '../validation.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import { type Resource, withStatusOf } from './resource.ts'

/** Those that every cluster has. Source: pkg/controlplane/controller/systemnamespaces/system_namespaces_controller.go. */
export const SYSTEM_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

const NAME_LABEL = 'kubernetes.io/metadata.name'

export const namespaceNamed = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})

const phaseOf = ({ status }: KubeObject): string =>
  ((status ?? {}) as unknown as { readonly phase?: string }).phase ?? ''

const nameRule: NameRule = (name, prefix) => dns1123Label(prefix ? name.replace(/-$/, 'a') : name)

/** An object under the label by which selectors find namespaces. */
function labelled(namespace: KubeObject): KubeObject {
  const { name = '', labels = {} } = namespace.metadata
  return {
    ...namespace,
    metadata: { ...namespace.metadata, ...(name && { labels: { ...labels, [NAME_LABEL]: name } }) },
  }
}

export const namespaces: Resource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  shortNames: ['ns'],
  type: namespaceType,
  nameRule,
  selectable: (object) => ({ 'status.phase': phaseOf(object) }),
  strategy: {
    prepareForCreate: (object) =>
      labelled({ ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
    prepareForUpdate: (object, old) => labelled(withStatusOf({ ...object, spec: old['spec'] }, old)),
  },
  subresources: { status: { prepareForUpdate: (object, old) => ({ ...object, spec: old['spec'] }) } },
  table: {
    columns: [nameColumn, { name: 'Status', description: 'The status of the namespace' }, ageColumn],
    cells: (object, now) => [object.metadata.name ?? '', phaseOf(object), age(object, now)],
  },
}
