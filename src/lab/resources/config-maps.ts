/** ConfigMaps. Source: pkg/printers/internalversion/printers.go, printConfigMap. */
import { configMapType } from '../schema/core.ts'
import { subdomainName } from '../validation.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import type { Resource } from './resource.ts'

const DATA =
  "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process."

export const configMaps: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  singular: 'configmap',
  kind: 'ConfigMap',
  namespaced: true,
  shortNames: ['cm'],
  type: configMapType,
  nameRule: subdomainName,
  strategy: {},
  table: {
    columns: [nameColumn, { name: 'Data', description: DATA }, ageColumn],
    cells: (object, now) => {
      const entries = [object['data'], object['binaryData']].flatMap((data) => Object.keys((data ?? {}) as object))
      return [object.metadata.name ?? '', entries.length, age(object, now)]
    },
  },
}
