/** The one form of an object that Go's JSON encoder would print: fields in the order of the type, zero values left out or put in. */
import { isZero, type Schema, type Struct, type StructSchema, type Value } from './schema.ts'

/**
 * An API object in its canonical form. Fields that the type does not have are dropped.
 * @param old - one that is in this form already: parts that it has in common with the object, the very same ones, are not made anew.
 */
export function canonical<T extends Struct>(schema: StructSchema, object: T, old?: T): T {
  return canonicalStruct(schema, object, old) as T
}

function canonicalStruct(schema: StructSchema, value: Struct, old?: Struct): Struct {
  const result: Struct = {}
  for (const { name, schema: of, presence } of schema.fields.values()) {
    const given = value[name]
    const absent = given === undefined || given === null
    if (typeof given === 'object' && !absent && given === old?.[name]) result[name] = given
    else if (presence === 'pointer') {
      if (!absent) result[name] = canonicalValue(of, given)
    } else if (of.kind === 'struct') result[name] = canonicalStruct(of, (given ?? {}) as Struct)
    else if (of.kind === 'time') result[name] = given ?? null
    else if (presence === 'always') result[name] = absent ? zeroOf(of) : canonicalValue(of, given)
    else if (!isZero(of, given)) result[name] = canonicalValue(of, given ?? null)
  }
  return result
}

function canonicalValue(schema: Schema, value: Value): Value {
  switch (schema.kind) {
    case 'struct':
      return canonicalStruct(schema, value as Struct)
    case 'list':
    case 'wrapped':
      return (value as readonly Value[]).map((item) => canonicalValue(schema.of, item))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as Struct)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, canonicalValue(schema.of, item ?? null)]),
      )
    default:
      return value
  }
}

function zeroOf({ kind }: Schema): Value {
  if (kind === 'string' || kind === 'quantity') return ''
  if (kind === 'int') return 0
  if (kind === 'bool') return false
  return null
}
