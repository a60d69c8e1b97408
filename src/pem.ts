/** One PEM block: what stands between `BEGIN` and `END`, headers and text around it dropped. */
export interface PemBlock {
  /** For instance `CERTIFICATE`. */
  label: string
  der: Uint8Array
}

const BOUNDARY = /^-----(BEGIN|END) ([^\r\n]*?)-----[ \t]*$/gm
const HEADERS = /^(?:[^\r\n:]+:[^\r\n]*\r?\n)+\r?\n/

/**
 * All well-formed PEM blocks of `text`, in order. Text between blocks and blocks whose base64 does not decode are skipped, as Go's
 * pem.Decode does, so that both sides find the same blocks in the same file. A text twice as long takes twice as long, whatever it is.
 */
export function pemBlocks(text: string): PemBlock[] {
  const boundaries = [...text.matchAll(BOUNDARY)]
  const lastFirst = boundaries.filter(([, kind]) => kind === 'END').reverse()
  const ends = Map.groupBy(lastFirst, ([, , label]) => label)
  const blocks: PemBlock[] = []
  let past = 0
  for (const { 0: line, 1: kind, 2: label = '', index } of boundaries) {
    if (kind !== 'BEGIN' || index < past) continue
    const left = ends.get(label) ?? []
    while ((left.at(-1)?.index ?? index) < index) left.pop()
    const end = left.at(-1)
    if (!end) continue
    const der = decoded(text.slice(index + line.length, end.index).replace(/^\r?\n/, ''))
    if (der) blocks.push({ label, der })
    past = end.index
  }
  return blocks
}

/** The bytes of a block; undefined if its base64 does not decode. */
function decoded(body: string): Uint8Array | undefined {
  const base64 = body.replace(HEADERS, '').replace(/\s+/g, '')
  const der = Buffer.from(base64, 'base64')
  return der.toString('base64') === base64 ? new Uint8Array(der) : undefined
}

/** One block as Go's pem.Encode writes it: base64 in lines of 64 columns, a newline at the end. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
