/** A reader of DER that accepts and refuses what Go's crypto/x509 does inside keys and extensions. Source: Go 1.19 x/crypto/cryptobyte, asn1.go. */

export interface Element {
  /** The identifier octet. */
  readonly identifier: number
  readonly contents: Buffer
  /** The element itself: identifier, length and contents. */
  readonly whole: Buffer
  /** What stands behind it. */
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
  const end = start + length
  return {
    identifier: tag,
    contents: data.subarray(start, end),
    whole: data.subarray(0, end),
    rest: data.subarray(end),
  }
}

/**
 * All elements of `data`, one after the other.
 * @throws TypeError where Go would refuse one.
 */
export function readElements(data: Buffer): Element[] {
  const found: Element[] = []
  for (let left = data; left.length > 0;) {
    const next = readElement(left)
    if (next === undefined) throw new TypeError('malformed DER')
    found.push(next)
    left = next.rest
  }
  return found
}

/**
 * The elements of the one SEQUENCE that `data` holds.
 * @throws TypeError if it holds something else, or something more.
 */
export function readSequence(data: Buffer | undefined): Element[] {
  const sequence = data && readElement(data, 0x30)
  if (!sequence || sequence.rest.length > 0) throw new TypeError('malformed DER')
  return readElements(sequence.contents)
}

/**
 * The dotted form of an OBJECT IDENTIFIER.
 * @throws TypeError if `contents` are none.
 */
export function readObjectIdentifier(contents: Buffer): string {
  const arcs: number[] = []
  let arc = 0
  let open = true
  for (const octet of contents) {
    arc = arc * 0x80 + (octet & 0x7f)
    open = octet >= 0x80
    if (arc > Number.MAX_SAFE_INTEGER / 0x80) throw new TypeError('malformed object identifier')
    if (open) continue
    arcs.push(arc)
    arc = 0
  }
  const [first] = arcs
  if (first === undefined || open) throw new TypeError('malformed object identifier')
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - 40 * root, ...arcs.slice(1)].join('.')
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
