/** Secrets. Source: pkg/registry/core/secret/strategy.go, pkg/apis/core/v1/conversion.go and defaults.go. */
import { secretType } from '../schema/core.ts'
import type { KubeObject } from '../storage.ts'
import { subdomainName } from '../validation.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import type { Resource } from './resource.ts'

/** `stringData` is for writing alone: it goes into `data`. */
function withData(object: KubeObject): KubeObject {
  const { stringData = {}, data = {}, type = 'Opaque', ...rest } = object
  const written = Object.entries(stringData as Record<string, string>)
  const encoded = Object.fromEntries(written.map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
  const all = { ...(data as Record<string, string>), ...encoded }
  return { ...rest, ...(Object.keys(all).length > 0 && { data: all }), type }
}

const TYPE =
  'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types'
const DATA =
  "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4"

export const secrets: Resource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  singular: 'secret',
  kind: 'Secret',
  namespaced: true,
  type: secretType,
  nameRule: subdomainName,
  selectable: ({ type }) => ({ type: typeof type === 'string' ? type : '' }),
  strategy: { prepareForCreate: withData, prepareForUpdate: withData },
  table: {
    columns: [nameColumn, { name: 'Type', description: TYPE }, { name: 'Data', description: DATA }, ageColumn],
    cells: (object, now) => {
      const { type = '', data = {} } = object as { type?: string; data?: object }
      return [object.metadata.name ?? '', type, Object.keys(data).length, age(object, now)]
    },
  },
}
