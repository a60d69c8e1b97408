/**
 * Typed decoding of JSON with the errors of sigs.k8s.io/json: the first type error is kept while decoding goes on, unknown and
 * repeated fields are collected for fieldValidation. Source: `sigs.k8s.io/json/internal/golang/encoding/json/decode.go`.
 */
import type { JsonNode } from './json-text.ts'
import { plain } from './json-text.ts'
import { parseTime } from './time.ts'
import type { Field, Schema, Struct, StructSchema, Value } from './schema.ts'

export interface Decoded {
  value: Struct
  /** The first error that makes the value unusable, in Go's words. */
  error?: string
  /** `unknown field "…"`, `duplicate field "…"`, in the order met. */
  strict: string[]
}

/** An error that ends decoding at once, as one returned by an UnmarshalJSON method does. */
class Abort extends Error {}

interface Place {
  /** Go type of the innermost struct, and full path of the field, as in `Go struct field STRUCT.PATH`. */
  goType: string
  field: string
  /** The path as strict errors show it, with indexes and keys. */
  strict: string
}

/** Decodes `node`, which must be an object (or null) at the top. */
export function decodeJson(schema: StructSchema, node: JsonNode): Decoded {
  const strict: string[] = []
  let error: string | undefined
  const save = (message: string) => {
    error ??= message
  }
  const mismatch = (what: string, schema: Schema, place: Place) => {
    const where = place.field ? `Go struct field ${place.goType.replace(/^.*\./, '')}.${place.field}` : 'Go value'
    save(`json: cannot unmarshal ${what} into ${where} of type ${schema.goType}`)
  }

  const decodeStruct = (schema: StructSchema, node: JsonNode, place: Place): Struct | undefined => {
    if (node.type !== 'object') {
      mismatch(node.type, schema, place)
      return undefined
    }
    const result: Struct = {}
    const seen = new Set<string>()
    const dotted = (path: string, name: string) => (path ? `${path}.${name}` : name)
    for (const [key, child] of node.entries) {
      const at = dotted(place.strict, key)
      const field = schema.fields.get(key)
      if (!field) {
        strict.push(`unknown field ${quote(at)}`)
        continue
      }
      if (seen.has(key)) strict.push(`duplicate field ${quote(at)}`)
      seen.add(key)
      const inner = { goType: schema.goType, field: dotted(place.field, key), strict: at }
      const value = child.type === 'null' ? undefined : decode(field.schema, child, inner)
      if (value !== undefined && !isImplied(field, value)) result[key] = value
      // Of a field that is there twice the last one counts.
      else if (key in result && (child.type === 'null' || value !== undefined)) Reflect.deleteProperty(result, key)
    }
    return result
  }

  const decode = (schema: Schema, node: JsonNode, place: Place): Value | undefined => {
    switch (schema.kind) {
      case 'any':
        return plain(node) as Value
      case 'struct':
        return decodeStruct(schema, node, place)
      case 'string':
        if (node.type === 'string') return node.value
        break
      case 'bool':
        if (node.type === 'bool') return node.value
        break
      case 'int':
        if (node.type === 'number') {
          const number = /^-?\d+$/.test(node.text) ? BigInt(node.text) : undefined
          const bits = schema.goType === 'int32' ? 32 : 64
          if (number !== undefined && BigInt.asIntN(bits, number) === number) return Number(number)
          mismatch(`number ${node.text}`, schema, place)
          return undefined
        }
        break
      case 'bytes':
        if (node.type === 'string') return decodeBase64(node.value)
        if (node.type === 'array') return decodeByteArray(node.items, place)
        break
      case 'time': {
        if (node.type !== 'string') throw new Abort(`json: cannot unmarshal ${node.type} into Go value of type string`)
        const parsed = parseTime(node.value, schema.micro)
        if ('error' in parsed) throw new Abort(parsed.error)
        return parsed.time
      }
      case 'quantity':
        if (node.type === 'string') return node.value
        if (node.type === 'number') return node.text
        break
      case 'wrapped':
      case 'list':
        if (node.type === 'array')
          return node.items.map((item, index) => {
            const at = { ...place, strict: `${place.strict}[${index}]` }
            // As for a field, null has no effect.
            const value = item.type === 'null' ? undefined : decode(schema.of, item, at)
            return value ?? zeroOf(schema.of)
          })
        break
      case 'map':
        if (node.type === 'object') {
          const entries = node.entries.map(([key, item], index) => {
            const at = `${place.strict}.${key}`
            if (node.entries.findIndex(([other]) => other === key) < index) strict.push(`duplicate field ${quote(at)}`)
            const value = item.type === 'null' ? undefined : decode(schema.of, item, { ...place, strict: at })
            return [key, value ?? zeroOf(schema.of)] as const
          })
          return Object.fromEntries(entries)
        }
        break
    }
    mismatch(node.type, schema, place)
    return undefined
  }

  const decodeBase64 = (text: string): string | undefined => {
    const bytes = Buffer.from(text, 'base64')
    const canonical = bytes.toString('base64')
    // What would be written like that needs no look at each of its characters.
    if (canonical === text) return canonical
    // Go ignores line breaks inside base64 and names the first byte of the offending quantum or character.
    const significant = text.replace(/[\r\n]/g, '')
    const bad = /[^A-Za-z0-9+/=\r\n]/.exec(text)
    if (bad) save(`illegal base64 data at input byte ${bad.index}`)
    else if (significant.length % 4 !== 0)
      save(`illegal base64 data at input byte ${significant.length - (significant.length % 4)}`)
    else if (/=[^=]|={3,}|^=/.test(significant))
      save(`illegal base64 data at input byte ${significant.indexOf('=') + 1}`)
    else return Buffer.from(significant, 'base64').toString('base64')
    return undefined
  }

  const decodeByteArray = (items: JsonNode[], place: Place): string => {
    const uint8: Schema = { kind: 'int', goType: 'int32' }
    const bytes = items.map((item) => {
      const value = item.type === 'null' ? 0 : decode(uint8, item, place)
      return typeof value === 'number' ? value & 0xff : 0
    })
    return Buffer.from(bytes).toString('base64')
  }

  try {
    const value = node.type === 'null' ? {} : decodeStruct(schema, node, { goType: '', field: '', strict: '' })
    return { value: value ?? {}, strict, ...(error === undefined ? {} : { error }) }
  } catch (thrown) {
    if (thrown instanceof Abort) return { value: {}, strict, error: error ?? thrown.message }
    throw thrown
  }
}

/** A value that equals absence, so that objects can be compared whichever way they were written. */
function isImplied(field: Field, value: Value): boolean {
  if (field.presence === 'pointer') return false
  if (field.schema.kind === 'string' || field.schema.kind === 'int') return value === '' || value === 0
  return field.schema.kind === 'bool' && value === false
}

function zeroOf(schema: Schema): Value {
  switch (schema.kind) {
    case 'string':
    case 'bytes':
    case 'quantity':
      return ''
    case 'int':
      return 0
    case 'bool':
      return false
    case 'list':
    case 'wrapped':
      return []
    case 'struct':
    case 'map':
      return {}
    default:
      return null
  }
}

/** Go's %q for the strings that appear here. */
function quote(text: string): string {
  return JSON.stringify(text)
}
