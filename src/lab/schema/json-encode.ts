/** JSON as Go's encoder writes API objects: fields in declaration order, omitempty, sorted map keys, HTML characters escaped. */
import { isZero, type Field, type Schema, type Struct, type StructSchema, type Value } from './schema.ts'

/** One line, without a newline at the end. */
export function encodeJson(schema: StructSchema, value: Struct): string {
  return write(schema, value)
}

/** Any value with sorted keys, in the same form (for what has no schema). */
export function encodeAny(value: unknown): string {
  return text(value)
}

function write(schema: Schema, value: Value | undefined): string {
  switch (schema.kind) {
    case 'struct': {
      const object = (value ?? {}) as Struct
      const parts: string[] = []
      for (const field of schema.fields.values()) {
        const inner = object[field.name]
        if (isPrinted(field, inner)) parts.push(`"${field.name}":${write(field.schema, inner)}`)
      }
      return `{${parts.join(',')}}`
    }
    case 'list':
    case 'wrapped':
      if (value === undefined || value === null) return 'null'
      return `[${(value as readonly Value[]).map((item) => write(schema.of, item)).join(',')}]`
    case 'map': {
      if (value === undefined || value === null) return 'null'
      const entries = value as Record<string, Value>
      const keys = Object.keys(entries).sort(compareBytes)
      return `{${keys.map((key) => `${text(key)}:${write(schema.of, entries[key])}`).join(',')}}`
    }
    case 'bytes':
    case 'time':
      return value === undefined || value === null ? 'null' : text(value)
    case 'string':
    case 'quantity':
      return text(value ?? '')
    case 'int':
      return text(value ?? 0)
    case 'bool':
      return text(value ?? false)
    case 'any':
      return text(value)
  }
}

function isPrinted(field: Field, value: Value | undefined): boolean {
  if (field.presence === 'pointer') return value !== undefined && value !== null
  if (field.presence === 'always' || field.schema.kind === 'struct') return true
  // A time without a pointer is a struct to Go, so omitempty does nothing and zero is printed as null.
  if (field.schema.kind === 'time') return true
  return !isZero(field.schema, value)
}

/** Code points in the order of their UTF-8 bytes, as Go sorts strings. */
export function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const ESCAPED = /[<>&\u2028\u2029]/g

function text(value: unknown): string {
  if (value === undefined) return 'null'
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => compareBytes(a, b))
    return `{${entries.map(([key, inner]) => `${text(key)}:${text(inner)}`).join(',')}}`
  }
  return JSON.stringify(value).replace(ESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
