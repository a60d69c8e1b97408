/**
 * Strategic merge patch: a merge patch that knows which lists are maps, from the schema of the kind.
 * Source: `staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go`.
 */
import type { Schema, StructSchema } from '../schema/schema.ts'
import { badRequest, unknownError } from '../status.ts'
import { isObject, type JsonObject, type JsonValue } from './json-value.ts'

const DIRECTIVE = '$patch'
const DELETE_FROM_LIST = '$deleteFromPrimitiveList/'
const ELEMENT_ORDER = '$setElementOrder/'
const RETAIN_KEYS = '$retainKeys'

/** @throws StatusError 400 for directives that make no sense, 500 for list items without the key of their list */
export function strategicMergePatch(schema: StructSchema, document: JsonObject, patch: JsonObject): JsonObject {
  return mergeMap(schema, document, patch)
}

function mergeMap(schema: Schema | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  const { [DIRECTIVE]: directive, [RETAIN_KEYS]: retained, ...changes } = patch
  if (directive === 'replace') return changes
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`unknown patch type: ${text(directive)} in map`)
  const result = new Map(Object.entries(original))
  if (Array.isArray(retained)) for (const key of result.keys()) if (!retained.includes(key)) result.delete(key)

  for (const [name, value] of Object.entries(changes)) {
    if (name.startsWith(ELEMENT_ORDER)) continue
    if (name.startsWith(DELETE_FROM_LIST)) {
      const field = name.slice(DELETE_FROM_LIST.length)
      const list = result.get(field)
      if (Array.isArray(list) && Array.isArray(value))
        result.set(
          field,
          list.filter((item) => !value.includes(item)),
        )
    } else if (value === null) result.delete(name)
    else result.set(name, mergeValue(fieldOf(schema, name), result.get(name), value))
  }
  for (const [name, order] of Object.entries(changes)) {
    if (!name.startsWith(ELEMENT_ORDER) || !Array.isArray(order)) continue
    const field = name.slice(ELEMENT_ORDER.length)
    const list = result.get(field)
    if (Array.isArray(list)) result.set(field, ordered(list, order, mergeKeyOf(fieldOf(schema, field))))
  }
  return Object.fromEntries(result)
}

function mergeValue(schema: Schema | undefined, original: JsonValue | undefined, value: JsonValue): JsonValue {
  if (isObject(value)) {
    return isObject(original) ? mergeMap(schema, original, value) : mergeMap(schema, {}, value)
  }
  const key = mergeKeyOf(schema)
  if (!Array.isArray(value) || key === undefined) return value
  const list = Array.isArray(original) ? original : []
  if (key === '') return [...list, ...value.filter((item) => !list.includes(item))]
  return mergeList(schema?.kind === 'list' ? schema.of : undefined, list, value, key)
}

function mergeList(item: Schema | undefined, original: JsonValue[], patch: JsonValue[], key: string): JsonValue[] {
  const replaces = patch.some((one) => isObject(one) && one[DIRECTIVE] === 'replace')
  const changes = patch.filter((one) => !(isObject(one) && one[DIRECTIVE] === 'replace'))
  if (replaces) return changes
  let result = [...original]
  for (const change of changes) {
    if (!isObject(change)) throw badRequest('expected a map in a list of maps')
    const id = change[key]
    if (id === undefined) throw unknownError(`map: ${text(change)} does not contain declared merge key: ${key}`)
    const at = result.findIndex((one) => isObject(one) && one[key] === id)
    const found = result[at]
    if (change[DIRECTIVE] === 'delete') result = result.filter((_, index) => index !== at)
    else if (isObject(found)) result[at] = mergeMap(item, found, change)
    else result.push(mergeMap(item, {}, change))
  }
  return result
}

/** Items that are named in `order` stand in that order; the others keep their place behind those before them. */
function ordered(list: JsonValue[], order: JsonValue[], key: string | undefined): JsonValue[] {
  const idOf = (item: JsonValue | undefined): JsonValue | undefined => (key && isObject(item) ? item[key] : item)
  const rank = (item: JsonValue): number => order.findIndex((one) => idOf(one) === idOf(item))
  const named = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b))
  return list.map((item) => (rank(item) >= 0 ? (named.shift() ?? item) : item))
}

function fieldOf(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.kind === 'struct') return schema.fields.get(name)?.schema
  return schema?.kind === 'map' ? schema.of : undefined
}

/** The field that tells the items of a list apart, empty for lists of plain values; undefined for lists that are one value. */
function mergeKeyOf(schema: Schema | undefined): string | undefined {
  return schema?.kind === 'list' ? schema.mergeKey : undefined
}

const text = (value: JsonValue): string => JSON.stringify(value)
