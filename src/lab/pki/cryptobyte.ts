/** The lower-level DER reader that Go's crypto/x509 uses inside keys and extensions. Source: Go 1.19 x/crypto/cryptobyte, asn1.go. */

export interface Element {
  /** The identifier octet. */
  readonly identifier: number
  readonly contents: Buffer
  readonly rest: Buffer
}

/** The first element of `data`; undefined where Go would refuse it, also when `identifier` is given and differs. */
export function readElement(data: Buffer, identifier?: number): Element | undefined {
  const [tag, first] = data
  if (tag === undefined || first === undefined) return undefined
  if ((tag & 0x1f) === 0x1f || (identifier !== undefined && tag !== identifier)) return undefined
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f
  const start = 2 + lengthOctets
  if (first === 0x80 || lengthOctets > 4 || data.length < start) return undefined
  const length = lengthOctets === 0 ? first : data.readUIntBE(2, lengthOctets)
  const minimal = lengthOctets === 0 || (length >= 0x80 && data[2] !== 0)
  if (!minimal || start + length > data.length) return undefined
  return { identifier: tag, contents: data.subarray(start, start + length), rest: data.subarray(start + length) }
}

/** A minimally encoded INTEGER, of any size. */
export function readInteger(data: Buffer): { value: bigint; rest: Buffer } | undefined {
  const element = readElement(data, 0x02)
  if (element === undefined) return undefined
  const { contents, rest } = element
  const [first, second] = contents
  if (first === undefined) return undefined
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) return undefined
  return { value: BigInt.asIntN(8 * contents.length, BigInt(`0x${contents.toString('hex')}`)), rest }
}
