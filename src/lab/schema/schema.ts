/**
 * A small language for Kubernetes API types. One description of a type gives its JSON (field order and zero values as Go's
 * encoder prints them), its strict decoding errors and its protobuf form, so that the three cannot disagree.
 */

/** A value in memory: JSON's own shape under JSON's names; zero values are left out, bytes are standard base64. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value | undefined }

/** An API object or a part of one. */
export interface Struct {
  [name: string]: Value | undefined
}

export type Schema =
  | { kind: 'string'; goType: string }
  | { kind: 'bool'; goType: 'bool' }
  | { kind: 'int'; goType: 'int32' | 'int64' }
  | { kind: 'bytes'; goType: '[]uint8' }
  | { kind: 'time'; goType: 'v1.Time'; micro: boolean }
  | { kind: 'quantity'; goType: 'resource.Quantity' }
  /** `mergeKey`: strategic merge patches merge the list by this field of its items; empty for plain items. */
  | { kind: 'list'; goType: string; of: Schema; mergeKey?: string }
  | { kind: 'map'; goType: string; of: Schema }
  /** A list that protobuf wraps into a message of its own (`ExtraValue`). */
  | { kind: 'wrapped'; goType: string; of: Schema }
  | StructSchema
  /** Anything: kept as it came (and not sent as protobuf). */
  | { kind: 'any'; goType: 'any' }

export interface StructSchema {
  kind: 'struct'
  /** The name in Go, with package: `v1.ObjectMeta`. */
  goType: string
  fields: ReadonlyMap<string, Field>
}

export interface Field {
  name: string
  /** The field's number in the `.proto` file. */
  number: number
  schema: Schema
  /**
   * How Go declares it. `omit`: plain with omitempty, printed only when not zero. `always`: plain without omitempty. `pointer`:
   * nil and zero differ, printed when set. A struct with `omit` or `always` is always printed.
   */
  presence: 'omit' | 'always' | 'pointer'
}

export const string: Schema = { kind: 'string', goType: 'string' }
export const bool: Schema = { kind: 'bool', goType: 'bool' }
export const int32: Schema = { kind: 'int', goType: 'int32' }
export const int64: Schema = { kind: 'int', goType: 'int64' }
export const bytes: Schema = { kind: 'bytes', goType: '[]uint8' }
export const time: Schema = { kind: 'time', goType: 'v1.Time', micro: false }
export const microTime: Schema = { kind: 'time', goType: 'v1.Time', micro: true }
export const quantity: Schema = { kind: 'quantity', goType: 'resource.Quantity' }
export const any: Schema = { kind: 'any', goType: 'any' }

/** A string type with a name of its own in Go, which decoding errors show. */
export const named = (goType: string): Schema => ({ kind: 'string', goType })
export const list = (of: Schema): Schema => ({ kind: 'list', goType: `[]${of.goType}`, of })
/** A list that strategic merge patches merge (`patchStrategy:"merge"`), by a field of its items unless they are plain. */
export const mergedList = (of: Schema, mergeKey = ''): Schema => ({
  kind: 'list',
  goType: `[]${of.goType}`,
  of,
  mergeKey,
})
export const map = (of: Schema, goType = `map[string]${of.goType}`): Schema => ({ kind: 'map', goType, of })
export const wrapped = (of: Schema, goType: string): Schema => ({ kind: 'wrapped', goType, of })

type FieldSpec = readonly [number: number, schema: Schema, presence?: Field['presence']]

/** A struct; fields in the order of the Go declaration, which is the order of the JSON. `omit` unless said otherwise. */
export function struct(goType: string, fields: Record<string, FieldSpec>): StructSchema {
  const entries = Object.entries(fields).map(
    ([name, [number, schema, presence = 'omit']]) => [name, { name, number, schema, presence }] as const,
  )
  return { kind: 'struct', goType, fields: new Map(entries) }
}

/** `apiVersion` and `kind` have no protobuf number: there they stand in the envelope (`runtime.Unknown`). */
const typeMeta = { kind: [0, string], apiVersion: [0, string] } as const satisfies Record<string, FieldSpec>

/** A top-level API type: a struct with `kind` and `apiVersion` in front. */
export function apiType(goType: string, fields: Record<string, FieldSpec>): StructSchema {
  return struct(goType, { ...typeMeta, ...fields })
}

/** Whether Go would call the value empty (`omitempty`). */
export function isZero(schema: Schema, value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true
  if (schema.kind === 'list' || schema.kind === 'wrapped') return (value as readonly Value[]).length === 0
  if (schema.kind === 'map') return Object.keys(value as object).length === 0
  return false
}
