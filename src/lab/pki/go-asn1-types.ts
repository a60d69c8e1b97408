/** Go types of encoding/asn1 that occur in certificate requests. Source: Go 1.19 encoding/asn1, asn1.go (the parse… functions). */
import { Tag } from '../../pki/der.ts'
import { Asn1Error, readBase128, structural, syntax, type RawValue, type Shape } from './go-asn1.ts'

const primitive = <T>(name: string, tag: number, read: (contents: Buffer) => T): Shape<T> => ({
  name,
  tag,
  compound: false,
  read: ({ contents }) => read(contents),
})

/** Go's `[]byte`. */
export const octets = primitive('', Tag.octetString, (contents) => contents)

/** Dotted form. */
export const objectIdentifier = primitive('ObjectIdentifier', Tag.objectIdentifier, (contents) => {
  if (contents.length === 0) throw syntax('zero length OBJECT IDENTIFIER')
  let { value, next } = readBase128(contents, 0)
  const arcs = value < 80 ? [Math.floor(value / 40), value % 40] : [2, value - 80]
  while (next < contents.length) {
    ;({ value, next } = readBase128(contents, next))
    arcs.push(value)
  }
  return arcs.join('.')
})

export const boolean = primitive('bool', Tag.boolean, (contents) => {
  const [octet] = contents
  if (contents.length !== 1 || (octet !== 0 && octet !== 0xff)) throw syntax('invalid boolean')
  return octet === 0xff
})

/** Go's `int`: at most 64 bits. */
export const integer = primitive('int', Tag.integer, (contents) => {
  checkInteger(contents)
  if (contents.length > 8) throw structural('integer too large')
  return BigInt.asIntN(8 * contents.length, BigInt(`0x${contents.toString('hex')}`))
})

function checkInteger(contents: Buffer): void {
  const [first, second] = contents
  if (first === undefined) throw structural('empty integer')
  if (second === undefined) return
  const padded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)
  if (padded) throw structural('integer not minimally-encoded')
}

/** Contents of a BIT STRING as a number would be: moved right over the unused bits (Go's RightAlign). */
export const bitString = primitive('BitString', Tag.bitString, (contents) => {
  const [unused] = contents
  if (unused === undefined) throw syntax('zero length BIT STRING')
  const last = contents.at(-1) ?? 0
  if (unused > 7 || (contents.length === 1 && unused > 0) || (last & ((1 << unused) - 1)) !== 0) {
    throw syntax('invalid padding bits in BIT STRING')
  }
  const bits = contents.subarray(1)
  if (unused === 0) return bits
  return Buffer.from(bits.map((octet, i) => ((i === 0 ? 0 : (bits[i - 1] ?? 0)) << (8 - unused)) | (octet >> unused)))
})

/** The name of an ASN.1 string type, as certificates and names are described with it. */
export const stringTypeNames: Readonly<Record<number, string>> = {
  [Tag.utf8String]: 'UTF8String',
  [Tag.numericString]: 'NumericString',
  [Tag.printableString]: 'PrintableString',
  [Tag.t61String]: 'T61String',
  [Tag.ia5String]: 'IA5String',
  [Tag.generalString]: 'GeneralString',
  [Tag.bmpString]: 'BMPString',
}

/** A value of any type (Go's `any`); only strings matter to names. Not a string, or of a type that Go leaves alone: no text. */
export interface AnyValue {
  readonly text: string | undefined
  /** Name of the string type, or `tag N`. */
  readonly type: string
}

export const anyValue: Shape<AnyValue> = {
  name: '',
  tag: 'any',
  compound: false,
  read: (element) => ({
    text: element.class === 0 && !element.compound ? readAny(element) : undefined,
    type: stringTypeNames[element.tag] ?? `tag ${element.tag}`,
  }),
}

function readAny({ tag, contents }: RawValue): string | undefined {
  switch (tag) {
    case Tag.printableString:
      return checked(contents, printable, 'PrintableString')
    case Tag.numericString:
      return checked(contents, /^[0-9 ]*$/, 'NumericString')
    case Tag.ia5String:
      return checked(contents, ascii, 'IA5String')
    case Tag.t61String:
      return contents.toString('latin1')
    case Tag.utf8String:
      return utf8Text(contents)
    case Tag.bmpString:
      return bmpText(contents)
    case Tag.integer:
      integer.read({ contents } as RawValue)
      return undefined
    case Tag.bitString:
      bitString.read({ contents } as RawValue)
      return undefined
    case Tag.objectIdentifier:
      objectIdentifier.read({ contents } as RawValue)
      return undefined
    default:
      return undefined
  }
}

/** Go also takes `*` and `&`, which are no PrintableString characters but occur. */
const printable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/
const ascii = /^[\u0000-\u007f]*$/

function checked(contents: Buffer, allowed: RegExp, type: string): string {
  const text = contents.toString('latin1')
  if (!allowed.test(text)) throw syntax(`${type} contains invalid character`)
  return text
}

function utf8Text(contents: Buffer): string {
  const text = contents.toString('utf8')
  if (!Buffer.from(text).equals(contents)) throw new Asn1Error('asn1: invalid UTF-8 string')
  return text
}

/** UTF-16, big-endian; one terminating zero is dropped. */
function bmpText(contents: Buffer): string {
  if (contents.length % 2 !== 0) throw new Asn1Error('pkcs12: odd-length BMP string')
  const text = Buffer.from(contents).swap16().toString('utf16le')
  return (text.endsWith('\0') ? text.slice(0, -1) : text).toWellFormed()
}
