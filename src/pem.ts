/** One PEM block: what stands between `BEGIN` and `END`, headers and text around it dropped. */
export interface PemBlock {
  /** For instance `CERTIFICATE`. */
  label: string
  der: Uint8Array
}

const BLOCK = /^-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n([\s\S]*?)^-----END \1-----[ \t]*$/gm
const HEADERS = /^(?:[^\r\n:]+:[^\r\n]*\r?\n)+\r?\n/

/**
 * All well-formed PEM blocks of `text`, in order. Text between blocks and blocks whose base64 does not decode are skipped, as Go's
 * pem.Decode does, so that both sides find the same blocks in the same file.
 */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(([, label = '', body = '']) => {
    const base64 = body.replace(HEADERS, '').replace(/\s+/g, '')
    const der = Buffer.from(base64, 'base64')
    return der.toString('base64') === base64 ? [{ label, der: new Uint8Array(der) }] : []
  })
}

/** One block as Go's pem.Encode writes it: base64 in lines of 64 columns, a newline at the end. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
