/** YAML as the API server writes it. Source: go-yaml v2 (encode.go, resolve.go, emitterc.go), sigs.k8s.io/yaml. */

/** Text goes on in the next line at the first space beyond this column. */
const WIDTH = 80

/** Texts that a reader would take for something else than a text. */
const AMBIGUOUS = [
  /^(~|null|Null|NULL|<<)?$/,
  /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/,
  /^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*)$/,
  /^[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$/,
  /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/,
  /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9:. Zz+-]*)?$/,
]

/** A document of plain JSON values, keys in order. */
export function goYaml(value: unknown): string {
  return isEmptyOrScalar(value) ? `${inline(value, 0, 0)}\n` : block(value, 0)
}

function isEmptyOrScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0
}

/** The lines of a list or a map that is not empty. */
function block(value: unknown, indent: number): string {
  const margin = ' '.repeat(indent)
  if (Array.isArray(value)) {
    return value
      .map((item) => {
        if (isEmptyOrScalar(item)) return `${margin}- ${inline(item, indent + 2, indent + 2)}\n`
        return `${margin}- ${block(item, indent + 2).trimStart()}`
      })
      .join('')
  }
  return Object.entries(value as Record<string, unknown>)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => {
      const key = `${margin}${scalar(name, 0, Number.NEGATIVE_INFINITY)}:`
      if (isEmptyOrScalar(inner)) return `${key} ${inline(inner, indent + 2, key.length + 1)}\n`
      return `${key}\n${block(inner, Array.isArray(inner) ? indent : indent + 2)}`
    })
    .join('')
}

function inline(value: unknown, indent: number, column: number): string {
  if (typeof value === 'string') return scalar(value, indent, column)
  return Array.isArray(value) ? '[]' : typeof value === 'object' && value !== null ? '{}' : String(value)
}

/** @param column - where the text begins, for folding. */
function scalar(text: string, indent: number, column: number): string {
  if (/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/.test(text)) return JSON.stringify(text)
  if (AMBIGUOUS.some((pattern) => pattern.test(text))) return JSON.stringify(text)
  if (text.includes('\n')) return literal(text, indent)
  if (isPlain(text)) return folded(text, indent, column)
  return `'${folded(text.replaceAll("'", "''"), indent, column + 1)}'`
}

function isPlain(text: string): boolean {
  if (/^[\s#,[\]{}&*!|>'"%@`]|\s$|^[-?:](\s|$)|^(---|\.\.\.)/.test(text)) return false
  return !/:(\s|$)|\s#|\t/.test(text)
}

function folded(text: string, indent: number, column: number): string {
  let at = column
  let result = ''
  for (let i = 0; i < text.length; i++) {
    const inside = i > 0 && i < text.length - 1 && text[i - 1] !== ' ' && text[i + 1] !== ' '
    if (text[i] === ' ' && inside && at > WIDTH) {
      result += `\n${' '.repeat(indent)}`
      at = indent
    } else {
      result += text[i] ?? ''
      at++
    }
  }
  return result
}

function literal(text: string, indent: number): string {
  const hint = text.startsWith(' ') ? '2' : ''
  const ending = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : ''
  const lines = text.replace(/\n$/, '').split('\n')
  const margin = ' '.repeat(indent)
  return `|${hint}${ending}\n${lines.map((line) => (line === '' ? '' : margin + line)).join('\n')}`
}
