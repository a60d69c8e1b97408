/**
 * A reader of DER that accepts and refuses exactly what Go's encoding/asn1 does, with its error texts: the API server shows them to
 * whoever sent a broken certificate request. A `Shape` says what a Go type is to that package.
 * Source: Go 1.19 encoding/asn1, asn1.go (parseTagAndLength, parseField, parseSequenceOf).
 */
import { Tag } from '../../pki/der.ts'

/** What `asn1.Unmarshal` returns as its error; the message is Go's. */
export class Asn1Error extends Error {
  override readonly name = 'Asn1Error'
}

export const structural = (text: string): Asn1Error => new Asn1Error(`asn1: structure error: ${text}`)
export const syntax = (text: string): Asn1Error => new Asn1Error(`asn1: syntax error: ${text}`)

export interface Header {
  readonly class: number
  readonly tag: number
  readonly length: number
  readonly compound: boolean
}

/** One element as it stands in the data (Go's RawValue). */
export interface RawValue extends Header {
  readonly contents: Buffer
  /** Header and contents. */
  readonly full: Buffer
}

/** What a Go type is to encoding/asn1: the tag it must have, and how its contents are read. */
export interface Shape<T> {
  /** The Go type's name, for error texts; empty for types without one. */
  readonly name: string
  readonly tag: number | 'any'
  readonly compound: boolean
  read(element: RawValue): T
}

/** A struct's field: shape and the parameters of its `asn1:"…"` tag that occur in X.509. */
export interface Field<T> {
  readonly shape: Shape<T>
  readonly optional: boolean
  /** Read as SET instead of SEQUENCE. */
  readonly set: boolean
  /** Implicit context-specific tag. */
  readonly contextTag: number | undefined
}

export const field = <T>(
  shape: Shape<T>,
  parameters: { optional?: boolean; set?: boolean; contextTag?: number } = {},
): Field<T> => ({
  shape,
  optional: parameters.optional ?? false,
  set: parameters.set ?? false,
  contextTag: parameters.contextTag,
})

/** An optional field: undefined where the data has something else, or ends. */
export const optional = <T>(shape: Shape<T>): Field<T | undefined> => field<T | undefined>(shape, { optional: true })

/**
 * Reads one value; the rest is what follows it.
 * @throws Asn1Error with Go's text.
 */
export function unmarshal<T>(shape: Shape<T>, data: Buffer): { value: T; rest: Buffer } {
  const { value, next } = readField(field(shape), data, 0)
  return { value, rest: data.subarray(next) }
}

/** A SEQUENCE with fields in order; what follows the last field is ignored. */
export function struct<T extends Record<string, unknown>>(
  name: string,
  fields: { readonly [K in keyof T]: Field<T[K]> },
): Shape<T & { readonly raw: Buffer }> {
  const inOrder = Object.entries<Field<unknown>>(fields)
  return {
    name,
    tag: Tag.sequence,
    compound: true,
    read: ({ contents, full }) => {
      const values: Record<string, unknown> = { raw: full }
      let offset = 0
      for (const [key, each] of inOrder) {
        const { value, next } = readField(each, contents, offset)
        values[key] = value
        offset = next
      }
      return values as T & { readonly raw: Buffer }
    },
  }
}

/** A slice: SEQUENCE OF, or SET OF for Go types whose name ends in SET. All headers are checked before any element is read. */
export function sliceOf<T>(shape: Shape<T>, { name = '', set = false } = {}): Shape<T[]> {
  const each = field(shape)
  return {
    name,
    tag: set ? Tag.set : Tag.sequence,
    compound: true,
    read: ({ contents }) => {
      let count = 0
      for (let offset = 0; offset < contents.length; count++) {
        const { header, next } = readHeader(contents, offset)
        if (shape.tag !== 'any' && !matches(header, shape.tag, 0, shape.compound)) {
          throw structural('sequence tag mismatch')
        }
        if (next + header.length > contents.length) throw syntax('truncated sequence')
        offset = next + header.length
      }
      const values: T[] = []
      let offset = 0
      while (values.length < count) {
        const { value, next } = readField(each, contents, offset)
        values.push(value)
        offset = next
      }
      return values
    },
  }
}

/** Go's `asn1.RawValue`: any one element. */
export const rawValue: Shape<RawValue> = { name: 'RawValue', tag: 'any', compound: false, read: (element) => element }

function readField<T>({ shape, ...parameters }: Field<T>, data: Buffer, start: number): { value: T; next: number } {
  const absent = { value: undefined as T, next: start }
  if (start === data.length) {
    if (parameters.optional) return absent
    throw syntax('sequence truncated')
  }
  const { header, next } = readHeader(data, start)
  const tag = parameters.contextTag ?? (parameters.set ? Tag.set : shape.tag)
  const expectedClass = parameters.contextTag === undefined ? 0 : 2
  if (tag !== 'any' && !matches(header, tag, expectedClass, shape.compound)) {
    if (parameters.optional) return absent
    throw structural(mismatch(tag, header, parameters, shape.name, next))
  }
  const end = next + header.length
  if (end > data.length) throw syntax('data truncated')
  const value = shape.read({ ...header, contents: data.subarray(next, end), full: data.subarray(start, end) })
  return { value, next: end }
}

const matches = (header: Header, tag: number, expectedClass: number, compound: boolean): boolean =>
  header.class === expectedClass && header.tag === tag && header.compound === compound

/** Go prints the field's parameters with %+v, a pointer for the tag; readers can only know that some address stands there. */
function mismatch(
  expected: number,
  { class: cls, tag, length, compound }: Header,
  { optional, set, contextTag }: Omit<Field<unknown>, 'shape'>,
  typeName: string,
  offset: number,
): string {
  const address = contextTag === undefined ? '<nil>' : '0xc000000000'
  return (
    `tags don't match (${expected} vs {class:${cls} tag:${tag} length:${length} isCompound:${compound}}) ` +
    `{optional:${optional} explicit:false application:false private:false defaultValue:<nil> tag:${address} stringType:0 ` +
    `timeType:0 set:${set} omitEmpty:false} ${typeName} @${offset}`
  )
}

/** @param start - must lie within `data`. */
function readHeader(data: Buffer, start: number): { header: Header; next: number } {
  let offset = start
  const octet = (): number => {
    const value = data[offset++]
    if (value === undefined) throw syntax('truncated tag or length')
    return value
  }
  const identifier = octet()
  let tag = identifier & 0x1f
  if (tag === 0x1f) {
    const high = readBase128(data, offset)
    if (high.value < 0x1f) throw syntax('non-minimal tag')
    tag = high.value
    offset = high.next
  }
  let length = octet()
  if (length === 0x80) throw syntax('indefinite length found (not DER)')
  if (length > 0x80) {
    const octets = length & 0x7f
    length = 0
    for (let i = 0; i < octets; i++) {
      const digit = octet()
      if (length >= 1 << 23) throw structural('length too large')
      length = length * 0x100 + digit
      if (length === 0) throw structural('superfluous leading zeros in length')
    }
    if (length < 0x80) throw structural('non-minimal length')
  }
  return { header: { class: identifier >> 6, tag, length, compound: (identifier & 0x20) !== 0 }, next: offset }
}

/** A tag number above 30, or an arc of an object identifier: at most 31 bits, as few octets as possible. */
export function readBase128(data: Buffer, start: number): { value: number; next: number } {
  let value = 0
  for (let offset = start; offset < data.length; offset++) {
    if (offset - start === 5) throw structural('base 128 integer too large')
    const octet = data[offset] ?? 0
    if (offset === start && octet === 0x80) throw syntax('integer is not minimally encoded')
    value = value * 0x80 + (octet & 0x7f)
    if (octet < 0x80) {
      if (value > 0x7fff_ffff) throw structural('base 128 integer too large')
      return { value, next: offset + 1 }
    }
  }
  throw syntax('truncated base 128 integer')
}
