/** A document of which it is plain how it is written: no numbers, no dates, nothing absent. */
export type PlainDocument = string | boolean | readonly PlainDocument[] | { readonly [key: string]: PlainDocument }

/** What YAML reads as something else than text, in one of its versions. */
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n)$/i

/** Text that needs no quotes whatever stands around it: names, paths, addresses, base64. */
const PLAIN = /^[A-Za-z/][\w./:+=-]*(?<!:)$/

/**
 * A document as js-yaml's `dump(document, { lineWidth: -1 })` writes it, which first compiles expressions of all characters that YAML knows:
 * a millisecond and a half of a bootstrap, while the certificate is there and the kubeconfig is not.
 * @returns undefined where something in it may need quotes.
 */
export function plainYaml(document: PlainDocument): string | undefined {
  const lines = linesOf(document)
  return lines && `${lines.join('\n')}\n`
}

function linesOf(document: PlainDocument): string[] | undefined {
  if (typeof document !== 'object') {
    const text = String(document)
    const isPlain = typeof document === 'boolean' || (PLAIN.test(text) && !RESERVED.test(text))
    return isPlain ? [text] : undefined
  }
  return isList(document)
    ? joined(document.map((item) => linesOf(item)?.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`))))
    : joined(Object.entries(document).map(([key, value]) => entryOf(key, value)))
}

function entryOf(key: string, value: PlainDocument): string[] | undefined {
  const [name, lines] = [linesOf(key), linesOf(value)]
  if (!name || !lines) return undefined
  return typeof value === 'object' ? [`${name[0]}:`, ...lines.map((line) => `  ${line}`)] : [`${name[0]}: ${lines[0]}`]
}

/** Nothing empty: that is written in brackets. */
function joined(parts: readonly (string[] | undefined)[]): string[] | undefined {
  return parts.length > 0 && parts.every((lines) => lines !== undefined) ? parts.flat() : undefined
}

/** Array.isArray does not tell a read-only array from an object. */
function isList(document: PlainDocument): document is readonly PlainDocument[] {
  return Array.isArray(document)
}
