/**
 * The protobuf form of API objects, as gogo-protobuf writes it for Kubernetes: fields in ascending number, plain fields always
 * written, map entries sorted by key; around it the `k8s\0` prefix and `runtime.Unknown`.
 * Source: `staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf/protobuf.go`, the `generated.pb.go` files.
 */
import protobuf from 'protobufjs/minimal.js'
import { compareBytes } from './compare-bytes.ts'
import { formatTime } from './time.ts'
import type { Field, Schema, Struct, StructSchema, Value } from './schema.ts'

type Reader = protobuf.Reader
type Writer = protobuf.Writer

const PREFIX = Buffer.from('k8s\0')
const LENGTH_DELIMITED = 2
const VARINT = 0
const MAX_INT64 = 2n ** 63n

/** The bytes of an object with its envelope. */
export function encodeProtobuf(schema: StructSchema, value: Struct): Buffer {
  const { apiVersion = '', kind = '' } = value as { apiVersion?: string; kind?: string }
  const type = protobuf.Writer.create()
  type.uint32(tag(1, LENGTH_DELIMITED)).string(apiVersion)
  type.uint32(tag(2, LENGTH_DELIMITED)).string(kind)
  const writer = protobuf.Writer.create()
  writer.uint32(tag(1, LENGTH_DELIMITED)).bytes(type.finish())
  writer.uint32(tag(2, LENGTH_DELIMITED)).bytes(encodeMessage(schema, value))
  // Content encoding and content type of what is inside: always written, never set.
  writer.uint32(tag(3, LENGTH_DELIMITED)).string('')
  writer.uint32(tag(4, LENGTH_DELIMITED)).string('')
  return Buffer.concat([PREFIX, writer.finish()])
}

/** The bytes of a message without an envelope. */
export function encodeMessage(schema: StructSchema, value: Struct): Uint8Array {
  return message(schema, value).finish()
}

/** Type and content of an enveloped body. `error` in the words of the API server. */
export function openEnvelope(
  body: Uint8Array,
): { apiVersion: string; kind: string; raw: Uint8Array } | { error: string } {
  if (!Buffer.from(body.subarray(0, 4)).equals(PREFIX))
    return {
      error: `provided data does not appear to be a protobuf message, expected prefix [${[...PREFIX].join(' ')}]`,
    }
  try {
    const result: { apiVersion: string; kind: string; raw: Uint8Array } = {
      apiVersion: '',
      kind: '',
      raw: new Uint8Array(),
    }
    const reader = protobuf.Reader.create(body.subarray(4))
    eachField(reader, (number, wire) => {
      if (number === 1) {
        const inner = protobuf.Reader.create(reader.bytes())
        eachField(inner, (field, type) => {
          if (field === 1) result.apiVersion = inner.string()
          else if (field === 2) result.kind = inner.string()
          else inner.skipType(type)
        })
      } else if (number === 2) result.raw = reader.bytes()
      else reader.skipType(wire)
    })
    return result
  } catch {
    return { error: 'unexpected EOF' }
  }
}

/** The object inside an envelope. Unknown fields are skipped, as in Go. */
export function decodeProtobuf(schema: StructSchema, raw: Uint8Array): { value: Struct } | { error: string } {
  try {
    return { value: readStruct(schema, protobuf.Reader.create(raw)) }
  } catch {
    return { error: 'unexpected EOF' }
  }
}

function tag(number: number, wire: number): number {
  return ((number << 3) | wire) >>> 0
}

function message(schema: StructSchema, value: Struct): Writer {
  const writer = protobuf.Writer.create()
  for (const field of byNumber(schema)) {
    const inner = value[field.name]
    const absent = inner === undefined || inner === null
    if (absent && (field.presence === 'pointer' || field.schema.kind === 'bytes')) continue
    writeField(writer, field.number, field.schema, inner)
  }
  return writer
}

const sorted = new WeakMap<StructSchema, Field[]>()

function byNumber(schema: StructSchema): Field[] {
  let fields = sorted.get(schema)
  if (!fields) {
    fields = [...schema.fields.values()].filter((field) => field.number > 0).sort((a, b) => a.number - b.number)
    sorted.set(schema, fields)
  }
  return fields
}

function writeField(writer: Writer, number: number, schema: Schema, value: Value | undefined): void {
  const delimited = () => writer.uint32(tag(number, LENGTH_DELIMITED))
  switch (schema.kind) {
    case 'string':
      delimited().string((value as string | undefined) ?? '')
      return
    case 'bytes':
      delimited().bytes(Buffer.from(value as string, 'base64'))
      return
    case 'bool':
      writer.uint32(tag(number, VARINT)).bool((value as boolean | undefined) ?? false)
      return
    case 'int':
      writer.uint32(tag(number, VARINT)).int64((value as number | undefined) ?? 0)
      return
    case 'quantity':
      delimited().bytes(
        protobuf.Writer.create()
          .uint32(tag(1, LENGTH_DELIMITED))
          .string(value as string)
          .finish(),
      )
      return
    case 'time':
      delimited().bytes(timestamp(value as string | null | undefined))
      return
    case 'struct':
      delimited().bytes(message(schema, (value ?? {}) as Struct).finish())
      return
    case 'list':
      for (const item of (value ?? []) as readonly Value[]) writeField(writer, number, schema.of, item)
      return
    case 'wrapped': {
      const inner = protobuf.Writer.create()
      for (const item of (value ?? []) as readonly Value[]) writeField(inner, 1, schema.of, item)
      delimited().bytes(inner.finish())
      return
    }
    case 'map': {
      const entries = (value ?? {}) as Record<string, Value>
      for (const key of Object.keys(entries).sort(compareBytes)) {
        const entry = protobuf.Writer.create().uint32(tag(1, LENGTH_DELIMITED)).string(key)
        writeField(entry, 2, schema.of, entries[key])
        writer.uint32(tag(number, LENGTH_DELIMITED)).bytes(entry.finish())
      }
      return
    }
    case 'any':
      return
  }
}

function timestamp(value: string | null | undefined): Uint8Array {
  if (value === null || value === undefined) return new Uint8Array()
  const writer = protobuf.Writer.create()
  const micros = Number(/\.(\d{6})/.exec(value)?.[1] ?? 0)
  writer.uint32(tag(1, VARINT)).int64(Math.floor(Date.parse(value) / 1000))
  writer.uint32(tag(2, VARINT)).int32(micros * 1000)
  return writer.finish()
}

function eachField(reader: Reader, visit: (number: number, wire: number) => void): void {
  while (reader.pos < reader.len) {
    const key = reader.uint32()
    visit(key >>> 3, key & 7)
  }
}

function readStruct(schema: StructSchema, reader: Reader): Struct {
  const result: Struct = {}
  const fields = new Map(byNumber(schema).map((field) => [field.number, field]))
  eachField(reader, (number, wire) => {
    const field = fields.get(number)
    if (!field || field.schema.kind === 'any') {
      reader.skipType(wire)
      return
    }
    const value = readField(field.schema, reader, result[field.name])
    const implied = value === '' || value === 0 || value === false
    if (value !== undefined && (field.presence === 'pointer' || field.schema.kind === 'bytes' || !implied))
      result[field.name] = value
  })
  return result
}

function readField(schema: Schema, reader: Reader, before: Value | undefined): Value | undefined {
  switch (schema.kind) {
    case 'string':
      return reader.string()
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64')
    case 'bool':
      return reader.bool()
    case 'int':
      return readVarint(reader)
    case 'quantity': {
      let text = ''
      const inner = protobuf.Reader.create(reader.bytes())
      eachField(inner, () => (text = inner.string()))
      return text
    }
    case 'time':
      return readTime(protobuf.Reader.create(reader.bytes()), schema.micro)
    case 'struct':
      return readStruct(schema, protobuf.Reader.create(reader.bytes()))
    case 'list':
      return [...((before as readonly Value[] | undefined) ?? []), readField(schema.of, reader, undefined) ?? '']
    case 'wrapped': {
      const items: Value[] = []
      const inner = protobuf.Reader.create(reader.bytes())
      eachField(inner, () => items.push(readField(schema.of, inner, undefined) ?? ''))
      return items
    }
    case 'map': {
      const inner = protobuf.Reader.create(reader.bytes())
      let key = ''
      let value: Value | undefined
      eachField(inner, (number) => {
        if (number === 1) key = inner.string()
        else value = readField(schema.of, inner, undefined)
      })
      return { ...(before as Record<string, Value> | undefined), [key]: value ?? '' }
    }
    case 'any':
      return undefined
  }
}

function readVarint(reader: Reader): number {
  let value = 0n
  for (let shift = 0n; shift < 64n; shift += 7n) {
    const byte = reader.buf[reader.pos++] ?? 0
    value |= BigInt(byte & 127) << shift
    if (byte < 128) break
  }
  return Number(value >= MAX_INT64 ? BigInt.asIntN(64, value) : value)
}

function readTime(reader: Reader, micro: boolean): string | undefined {
  let seconds: number | undefined
  let nanos = 0
  eachField(reader, (number, wire) => {
    if (number === 1) seconds = readVarint(reader)
    else if (number === 2) nanos = readVarint(reader)
    else reader.skipType(wire)
  })
  if (seconds === undefined) return undefined
  const whole = formatTime(new Date(seconds * 1000))
  return micro ? `${whole.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : whole
}
