/**
 * A writer of DER (ITU-T X.690), as functions from contents to one encoded element. Certificates are assembled from these at a few
 * microseconds each; the signature costs ten times as much.
 */

/** Universal tag numbers (X.680 §8.6), and the string types that names may have. */
export const Tag = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  objectIdentifier: 6,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  t61String: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  visibleString: 26,
  generalString: 27,
  bmpString: 30,
} as const

const CONSTRUCTED = 0x20
const CONTEXT_SPECIFIC = 0x80

/** One element: identifier octet, length in as few octets as possible, contents. */
export function element(identifier: number, ...contents: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const { byteLength } of contents) length += byteLength
  const lengthOctets = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3
  const whole = Buffer.allocUnsafe(2 + lengthOctets + length)
  whole[0] = identifier
  if (lengthOctets === 0) whole[1] = length
  else {
    whole[1] = 0x80 | lengthOctets
    whole.writeUIntBE(length, 2, lengthOctets)
  }
  let at = 2 + lengthOctets
  for (const part of contents) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => element(Tag.sequence | CONSTRUCTED, ...contents)

/** SET OF: the elements sorted by their encoding, as DER asks (X.690 §11.6). */
export const setOf = (...elements: readonly Uint8Array[]): Buffer =>
  element(Tag.set | CONSTRUCTED, ...elements.toSorted((a, b) => Buffer.compare(a, b)))

/** `[n] EXPLICIT`, or an implicitly tagged constructed element. */
export const tagged = (number: number, ...contents: readonly Uint8Array[]): Buffer =>
  element(CONTEXT_SPECIFIC | CONSTRUCTED | number, ...contents)

/** `[n] IMPLICIT` of a primitive type. */
export const taggedPrimitive = (number: number, contents: Uint8Array): Buffer =>
  element(CONTEXT_SPECIFIC | number, contents)

export const octetString = (contents: Uint8Array): Buffer => element(Tag.octetString, contents)

/** @param unusedBits - how many of the last octet's bits do not count (0 to 7). */
export const bitString = (contents: Uint8Array, unusedBits = 0): Buffer =>
  element(Tag.bitString, Buffer.from([unusedBits]), contents)

export const boolean = (value: boolean): Buffer => element(Tag.boolean, Buffer.from([value ? 0xff : 0]))

/** INTEGER from an unsigned big-endian number: leading zeros dropped, one put back where the sign bit would be set. */
export function unsignedInteger(bigEndian: Uint8Array): Buffer {
  const first = bigEndian.findIndex((octet) => octet !== 0)
  if (first < 0) return element(Tag.integer, Buffer.from([0]))
  const digits = bigEndian.subarray(first)
  return (digits[0] ?? 0) < 0x80 ? element(Tag.integer, digits) : element(Tag.integer, Buffer.from([0]), digits)
}

/** Encoded before: names and extensions have the same few. */
const identifiers = new Map<string, Buffer>()
const MOST_IDENTIFIERS = 1000

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const known = identifiers.get(dotted)
  if (known !== undefined) return known
  const encoded = encodeIdentifier(dotted)
  if (identifiers.size < MOST_IDENTIFIERS) identifiers.set(dotted, encoded)
  return encoded
}

function encodeIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(Tag.objectIdentifier, Buffer.from([40 * first + second, ...rest].flatMap(base128)))
}

function base128(value: number): number[] {
  const digits = [value % 0x80]
  for (let left = Math.floor(value / 0x80); left > 0; left = Math.floor(left / 0x80))
    digits.unshift(0x80 | (left % 0x80))
  return digits
}

/** UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5); whole seconds, the rest is cut. */
export function time(date: Date): Buffer {
  const iso = date.toISOString()
  const part = (at: number): string => iso.slice(at, at + 2)
  const digits = part(2) + part(5) + part(8) + part(11) + part(14) + part(17)
  return iso < '2050'
    ? element(Tag.utcTime, Buffer.from(`${digits}Z`, 'latin1'))
    : element(Tag.generalizedTime, Buffer.from(`${part(0)}${digits}Z`, 'latin1'))
}
