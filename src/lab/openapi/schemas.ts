/**
 * OpenAPI schemas out of the lab's own types. Source: kube-openapi pkg/generators/openapi.go, pkg/util/util.go (ToRESTFriendlyName).
 * Descriptions are left out, and so is `required`: which optional fields Go writes all the same is not what a type here knows.
 */
import type { Field, Schema, StructSchema } from '../schema/schema.ts'
import type { Served } from '../discovery.ts'

export type Json = Readonly<Record<string, unknown>>

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const CORE = 'io.k8s.api.core.v1'

/** Types that groups take from another package, by their names in Go. */
const BORROWED: Readonly<Record<string, string>> = {
  'v1.ObjectMeta': META,
  'v1.OwnerReference': META,
  'v1.ManagedFieldsEntry': META,
  'v1.LabelSelector': META,
  'v1.LabelSelectorRequirement': META,
  'v1.ObjectReference': CORE,
  'v1.EventSource': CORE,
}

const SCALARS: Readonly<Record<string, Json>> = {
  [`${META}.Time`]: { type: 'string', format: 'date-time' },
  [`${META}.MicroTime`]: { type: 'string', format: 'date-time' },
  [`${META}.FieldsV1`]: { type: 'object' },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
}

const LIST_META: Json = {
  type: 'object',
  properties: {
    continue: { type: 'string' },
    remainingItemCount: { type: 'integer', format: 'int64' },
    resourceVersion: { type: 'string' },
    selfLink: { type: 'string' },
  },
}

/** A kind's name among the schemas: `io.k8s.api.certificates.v1.CertificateSigningRequest`. */
export function schemaName({ group, version, kind }: Pick<Served, 'group' | 'version' | 'kind'>): string {
  return `io.k8s.api.${group.split('.')[0] || 'core'}.${version}.${kind}`
}

export const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

/** `x-kubernetes-group-version-kind` of a kind. */
export const kindOf = ({ group, version, kind }: Pick<Served, 'group' | 'version' | 'kind'>): Json => ({
  group,
  kind,
  version,
})

/** The schemas of these kinds, their lists, and of all that they are made of, by name. */
export function schemasOf(served: readonly Served[]): Record<string, Json> {
  const found: Record<string, Json> = {}
  for (const one of served) {
    if (!one.type) continue
    addStruct(one.type, one, found)
    const name = schemaName(one)
    found[name] = { ...found[name], 'x-kubernetes-group-version-kind': [kindOf(one)] }
    if (one.strategy) addList(one, found)
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function addList(one: Served, found: Record<string, Json>): void {
  const kind = `${one.kind}List`
  found[`${META}.ListMeta`] = LIST_META
  found[schemaName({ ...one, kind })] = {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { allOf: [refTo(schemaName(one))], default: {} } },
      kind: { type: 'string' },
      metadata: { allOf: [refTo(`${META}.ListMeta`)], default: {} },
    },
    'x-kubernetes-group-version-kind': [kindOf({ ...one, kind })],
  }
}

/** Adds a struct and what it is made of; returns its name. */
function addStruct({ goType, fields }: StructSchema, owner: Served, found: Record<string, Json>): string {
  const name = BORROWED[goType] ? `${BORROWED[goType]}.${bare(goType)}` : schemaName({ ...owner, kind: bare(goType) })
  if (found[name]) return name
  found[name] = {}
  const properties = [...fields.values()].map((field) => [field.name, property(field, owner, found)] as const)
  found[name] = { type: 'object', ...(properties.length > 0 && { properties: Object.fromEntries(properties) }) }
  return name
}

const bare = (goType: string): string => goType.slice(goType.indexOf('.') + 1)

function property({ schema, presence }: Field, owner: Served, found: Record<string, Json>): Json {
  const shape = shapeOf(schema, owner, found)
  if (schema.kind === 'list') return { ...shape, ...listExtensions(schema.mergeKey) }
  return presence === 'pointer' ? shape : { ...shape, ...defaultOf(schema, presence) }
}

/** Source: kube-openapi pkg/generators/extension.go. */
function listExtensions(mergeKey: string | undefined): Json {
  if (mergeKey === undefined) return { 'x-kubernetes-list-type': 'atomic' }
  const strategy = { 'x-kubernetes-patch-strategy': 'merge' }
  return mergeKey === '' ? strategy : { ...strategy, 'x-kubernetes-patch-merge-key': mergeKey }
}

function defaultOf(schema: Schema, presence: Field['presence']): Json {
  if (schema.kind === 'struct') return { default: {} }
  return schema.kind === 'string' && presence === 'always' ? { default: '' } : {}
}

function shapeOf(schema: Schema, owner: Served, found: Record<string, Json>): Json {
  const scalar = (name: string): Json => {
    found[name] = SCALARS[name] ?? {}
    return { allOf: [refTo(name)] }
  }
  switch (schema.kind) {
    case 'string':
      return { type: 'string' }
    case 'bool':
      return { type: 'boolean' }
    case 'int':
      return { type: 'integer', format: schema.goType }
    case 'bytes':
      return { type: 'string', format: 'byte' }
    case 'time':
      return scalar(schema.micro ? `${META}.MicroTime` : `${META}.Time`)
    case 'quantity':
      return scalar('io.k8s.apimachinery.pkg.api.resource.Quantity')
    case 'any':
      return scalar(`${META}.FieldsV1`)
    case 'list':
    case 'wrapped':
      return { type: 'array', items: shapeOf(schema.of, owner, found) }
    case 'map':
      return { type: 'object', additionalProperties: shapeOf(schema.of, owner, found) }
    case 'struct':
      return { allOf: [refTo(addStruct(schema, owner, found))] }
  }
}
