// Node.js exports its 46,000 functions for add-ons to call. certlet has no add-ons, but ld.so looks there first for every name of every
// library, and so has 3 to 4 MiB of tables in memory at each start. This makes of an executable what `ld` makes without --export-dynamic.
// Source of formats: elf(5); System V ABI, Dynamic Linking; Linux Standard Base, Symbol Versioning.

const EXECUTABLE = 2
const SYMBOL_BYTES = 24
const RELOCATION_BYTES = 24
const DYNAMIC_BYTES = 16
const UNDEFINED = 0
/** Types of symbols whose value is where they are: untyped, object, function. Not: of a thread, found by a function. */
const OBJECT = 1
const PLAIN_TYPES = [0, OBJECT, 2]
const SECTION_OF_HASHES = 5
const HASH_BUCKETS = 64

/** Tags of the dynamic section. */
const TAG = { needed: 1, hash: 4, strings: 10, soname: 14, rpath: 15, runpath: 29, gnuHash: 0x6ffffef5 }
const TAGS_OF_NAMES = [TAG.needed, TAG.soname, TAG.rpath, TAG.runpath]

/** Numbers of relocations, by e_machine: x86-64 and AArch64. `value`: the symbol's address is put there. */
const RELOCATIONS: Readonly<Record<number, { none: number; copy: number; value: readonly number[]; sum: number }>> = {
  62: { none: 0, copy: 5, value: [6, 7], sum: 1 },
  183: { none: 0, copy: 1024, value: [1025, 1026], sum: 257 },
}

interface Section {
  readonly header: number
  readonly at: number
  readonly size: number
}

/**
 * Takes from an executable the names that it exports, in place. Left are those that it needs of libraries, and those under which libraries
 * find what it has taken over from them (`stdout`, `environ`).
 * @param image - an ELF file of 64 bits, linked to a fixed address.
 * @returns how many names are left.
 * @throws Error when it is something else.
 */
export function hideExports(image: Buffer): number {
  if (image.toString('latin1', 0, 6) !== '\x7fELF\x02\x01' || image.readUInt16LE(16) !== EXECUTABLE)
    throw new Error('This is no executable of 64 bits that is linked to a fixed address')
  const kinds = RELOCATIONS[image.readUInt16LE(18)]
  if (!kinds) throw new Error('This is an executable for another machine')
  const sections = sectionsOf(image)
  const section = (name: string): Section => {
    const found = sections.get(name)
    if (!found) throw new Error(`The executable has no section ${name}`)
    return found
  }
  if (sections.has('.gnu.version_d')) throw new Error('The executable exports versions of its names')
  const [symbols, strings, versions] = [section('.dynsym'), section('.dynstr'), section('.gnu.version')]

  const symbolAt = (index: number): number => symbols.at + index * SYMBOL_BYTES
  const nameAt = (offset: number): string => {
    const start = strings.at + offset
    return image.toString('latin1', start, image.indexOf(0, start))
  }
  const isDefined = (index: number): boolean => image.readUInt16LE(symbolAt(index) + 6) !== UNDEFINED
  const typeOf = (index: number): number => image.readUInt8(symbolAt(index) + 4) & 0xf
  const valueOf = (index: number): bigint => image.readBigUInt64LE(symbolAt(index) + 8)
  const count = symbols.size / SYMBOL_BYTES

  // What ld.so would look up in the executable itself, where it is found first in any case, is put in its place now.
  const relocations = [
    ...entriesOf(section('.rela.dyn'), RELOCATION_BYTES),
    ...entriesOf(section('.rela.plt'), RELOCATION_BYTES),
  ]
  const kept = new Set<number>()
  const copied = new Set<bigint>()
  for (const at of relocations) {
    const [kind, symbol] = [image.readUInt32LE(at + 8), image.readUInt32LE(at + 12)]
    if (symbol === 0) continue
    const isPlain = PLAIN_TYPES.includes(typeOf(symbol))
    if (kind === kinds.copy) copied.add(valueOf(symbol))
    else if (isDefined(symbol) && isPlain && (kinds.value.includes(kind) || kind === kinds.sum)) {
      const addend = kind === kinds.sum ? image.readBigInt64LE(at + 16) : 0n
      image.writeBigUInt64LE(BigInt.asUintN(64, valueOf(symbol) + addend), offsetOf(image, image.readBigUInt64LE(at)))
      image.writeUInt32LE(kinds.none, at + 8)
      image.writeUInt32LE(0, at + 12)
      image.writeBigInt64LE(0n, at + 16)
    } else kept.add(symbol)
  }
  for (let index = 1; index < count; index++) {
    const isTakenOver = typeOf(index) === OBJECT && copied.has(valueOf(index))
    if (!isDefined(index) || isTakenOver) kept.add(index)
  }

  const names = new Names(nameAt)
  const indexes = [0, ...[...kept].sort((a, b) => a - b)]
  const entries = indexes.map((index) => {
    const entry = Buffer.from(image.subarray(symbolAt(index), symbolAt(index + 1)))
    entry.writeUInt32LE(names.moved(entry.readUInt32LE(0)), 0)
    return entry
  })
  const hashes = hashTable(
    indexes.map((index) => (index > 0 && isDefined(index) ? nameAt(image.readUInt32LE(symbolAt(index))) : undefined)),
  )
  const newIndex = new Map(indexes.map((index, place) => [index, place]))
  for (const at of relocations) image.writeUInt32LE(newIndex.get(image.readUInt32LE(at + 12)) ?? 0, at + 12)
  for (const at of neededNames(image, section('.gnu.version_r')))
    image.writeUInt32LE(names.moved(image.readUInt32LE(at)), at)
  const dynamic = [...entriesOf(section('.dynamic'), DYNAMIC_BYTES)]
  for (const at of dynamic) {
    const tag = Number(image.readBigUInt64LE(at))
    if (TAGS_OF_NAMES.includes(tag))
      image.writeBigUInt64LE(BigInt(names.moved(Number(image.readBigUInt64LE(at + 8)))), at + 8)
    if (tag === TAG.gnuHash) image.writeBigUInt64LE(BigInt(TAG.hash), at)
  }
  const versionOf = indexes.map((index) => image.subarray(versions.at + index * 2, versions.at + index * 2 + 2))
  replace(image, versions, Buffer.concat(versionOf))
  replace(image, symbols, Buffer.concat(entries))
  replace(image, strings, names.bytes)
  const table = section('.gnu.hash')
  replace(image, table, hashes)
  image.writeUInt32LE(SECTION_OF_HASHES, table.header + 4)
  for (const at of dynamic)
    if (image.readBigUInt64LE(at) === BigInt(TAG.strings)) image.writeBigUInt64LE(BigInt(names.bytes.length), at + 8)
  return indexes.length - 1
}

function sectionsOf(image: Buffer): Map<string, Section> {
  const [first, bytes] = [Number(image.readBigUInt64LE(0x28)), image.readUInt16LE(0x3a)]
  const all = Array.from({ length: image.readUInt16LE(0x3c) }, (_, index) => {
    const header = first + index * bytes
    return { header, at: Number(image.readBigUInt64LE(header + 24)), size: Number(image.readBigUInt64LE(header + 32)) }
  })
  const names = all[image.readUInt16LE(0x3e)]?.at ?? 0
  return new Map(
    all.map((section) => {
      const start = names + image.readUInt32LE(section.header)
      return [image.toString('latin1', start, image.indexOf(0, start)), section]
    }),
  )
}

/** Where the entries of a table are in the file. */
function* entriesOf({ at, size }: Section, bytes: number): Generator<number> {
  for (let offset = 0; offset < size; offset += bytes) yield at + offset
}

/** Where in the file an address of the loaded program comes from. */
function offsetOf(image: Buffer, address: bigint): number {
  const [first, bytes] = [Number(image.readBigUInt64LE(0x20)), image.readUInt16LE(0x36)]
  for (let index = 0; index < image.readUInt16LE(0x38); index++) {
    const header = first + index * bytes
    const into = address - image.readBigUInt64LE(header + 16)
    const isLoaded = image.readUInt32LE(header) === 1
    if (isLoaded && into >= 0n && into < image.readBigUInt64LE(header + 32))
      return Number(image.readBigUInt64LE(header + 8) + into)
  }
  throw new Error(`Nothing is loaded to ${address.toString(16)}`)
}

/** Where the versions that are needed of libraries, and the libraries, are named. */
function* neededNames(image: Buffer, { at }: Section): Generator<number> {
  for (let need = at, next = -1; next !== 0; need += next) {
    yield need + 4
    for (let one = need + image.readUInt32LE(need + 8), after = -1; after !== 0; one += after) {
      yield one + 8
      after = image.readUInt32LE(one + 12)
    }
    next = image.readUInt32LE(need + 12)
  }
}

/** A new table of strings, into which names move from the old one. */
class Names {
  readonly #nameAt: (offset: number) => string
  readonly #places = new Map([['', 0]])
  bytes = Buffer.alloc(1)

  constructor(nameAt: (offset: number) => string) {
    this.#nameAt = nameAt
  }

  /** @returns where the name that was at an offset is now. */
  moved(offset: number): number {
    const name = this.#nameAt(offset)
    const there = this.#places.get(name)
    if (there !== undefined) return there
    const place = this.bytes.length
    this.#places.set(name, place)
    this.bytes = Buffer.concat([this.bytes, Buffer.from(`${name}\0`, 'latin1')])
    return place
  }
}

/** The table by which ld.so finds a symbol. @param names - of those that can be found, by their index. */
function hashTable(names: readonly (string | undefined)[]): Buffer {
  const buckets = new Uint32Array(HASH_BUCKETS)
  const chains = new Uint32Array(names.length)
  names.forEach((name, index) => {
    if (name === undefined) return
    const bucket = hashOf(name) % HASH_BUCKETS
    chains[index] = buckets[bucket] ?? 0
    buckets[bucket] = index
  })
  return Buffer.from(Uint32Array.of(HASH_BUCKETS, names.length, ...buckets, ...chains).buffer)
}

function hashOf(name: string): number {
  let hash = 0
  for (const byte of Buffer.from(name, 'latin1')) {
    hash = ((hash << 4) + byte) >>> 0
    const high = hash & 0xf0000000
    hash = ((hash ^ (high >>> 24)) & ~high) >>> 0
  }
  return hash
}

/** Writes what a section has now, and nothing where it had more. */
function replace(image: Buffer, { header, at, size }: Section, bytes: Buffer): void {
  if (bytes.length > size) throw new Error('A table would be larger than it was')
  image.fill(0, at, at + size)
  bytes.copy(image, at)
  image.writeBigUInt64LE(BigInt(bytes.length), header + 32)
}
