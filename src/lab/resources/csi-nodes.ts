/** CSINodes, which every kubelet makes for its node before it is ready. Source: pkg/printers/internalversion/printers.go, printCSINode. */
import { csiNodeType } from '../schema/storage.ts'
import { subdomainName } from '../validation.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import type { Resource } from './resource.ts'

export const csiNodes: Resource = {
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'csinodes',
  singular: 'csinode',
  kind: 'CSINode',
  namespaced: false,
  type: csiNodeType,
  nameRule: subdomainName,
  strategy: {},
  table: {
    columns: [
      nameColumn,
      {
        name: 'Drivers',
        type: 'integer',
        description: 'Drivers indicates the number of CSI drivers registered on the node',
      },
      ageColumn,
    ],
    cells: (object, now) => {
      const { drivers } = (object['spec'] ?? {}) as unknown as { drivers?: readonly unknown[] | null }
      return [object.metadata.name ?? '', drivers?.length ?? 0, age(object, now)]
    },
  },
}
