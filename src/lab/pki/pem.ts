/** PEM blocks, read with all the leniency of Go's encoding/pem and written with its line length. */
export interface PemBlock {
  readonly type: string
  readonly hasHeaders: boolean
  readonly bytes: Buffer
}

const START = '\n-----BEGIN '
const END = '\n-----END '
const DASHES = '-----'

/**
 * The first block in a text, and what follows it; none when no block is whole. Text before the block and blocks that do not decode
 * are passed over. Source: Go 1.19 encoding/pem, Decode.
 */
export function decodePem(text: string): { block: PemBlock; rest: string } | undefined {
  let rest = text
  for (;;) {
    const opened = afterStart(rest)
    if (opened === undefined) return undefined
    const [typeLine, afterType] = cutLine(opened)
    rest = afterType
    if (!typeLine.endsWith(DASHES)) continue
    const type = typeLine.slice(0, -DASHES.length)

    const headers = skipHeaders(rest)
    if (headers === undefined) return undefined
    rest = headers.rest

    const end = findEnd(rest, headers.count)
    if (end === undefined) continue
    const trailer = rest.slice(end.after)
    if (!trailer.startsWith(type + DASHES) || cutLine(trailer.slice(type.length + DASHES.length))[0] !== '') continue
    const bytes = decodeBase64(rest.slice(0, end.at))
    if (bytes === undefined) continue
    return { block: { type, hasHeaders: headers.count > 0, bytes }, rest: cutLine(rest.slice(end.after))[1] }
  }
}

/** Every block of a text, in order. */
export function decodeAllPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  for (let next = decodePem(text); next !== undefined; next = decodePem(next.rest)) blocks.push(next.block)
  return blocks
}

/** One block with lines of 64 characters, ending in a newline. */
export function encodePem(type: string, bytes: Uint8Array): string {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  let lines = ''
  for (let at = 0; at < digits.length; at += 64) lines += `${digits.slice(at, at + 64)}\n`
  return `-----BEGIN ${type}-----\n${lines}-----END ${type}-----\n`
}

/** A block starts at the very beginning or after a newline. */
function afterStart(text: string): string | undefined {
  if (text.startsWith(START.slice(1))) return text.slice(START.length - 1)
  const at = text.indexOf(START)
  return at < 0 ? undefined : text.slice(at + START.length)
}

/** The first line, without its end and trailing blanks, and the rest. */
function cutLine(text: string): [line: string, rest: string] {
  const end = text.indexOf('\n')
  const line = end < 0 ? text : text.slice(0, text[end - 1] === '\r' ? end - 1 : end)
  return [trimBlanksRight(line), end < 0 ? '' : text.slice(end + 1)]
}

function trimBlanksRight(line: string): string {
  let end = line.length
  while (line[end - 1] === ' ' || line[end - 1] === '\t') end--
  return line.slice(0, end)
}

/** Lines with a colon are headers. None when the text ends among them. */
function skipHeaders(text: string): { count: number; rest: string } | undefined {
  let rest = text
  for (let count = 0; rest !== ''; count++) {
    const [line, next] = cutLine(rest)
    if (!line.includes(':')) return { count, rest }
    rest = next
  }
  return undefined
}

/** Without headers the end line may follow at once; with headers a newline must come first. */
function findEnd(text: string, headers: number): { at: number; after: number } | undefined {
  if (headers === 0 && text.startsWith(END.slice(1))) return { at: 0, after: END.length - 1 }
  const at = text.indexOf(END)
  return at < 0 ? undefined : { at, after: at + END.length }
}

/** Blanks and line ends are left out; anything else outside the alphabet, or wrong padding, makes it undecodable. */
function decodeBase64(text: string): Buffer | undefined {
  const digits = text.replace(/[ \t\r\n]+/g, '')
  const bytes = Buffer.from(digits, 'base64')
  // What would be written like that needs no look at each of its characters.
  if (bytes.toString('base64') === digits) return bytes
  const padding = digits.endsWith('==') ? 2 : digits.endsWith('=') ? 1 : 0
  const valid = digits.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(digits.slice(0, digits.length - padding))
  return valid ? bytes : undefined
}
