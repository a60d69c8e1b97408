/** Two spaces between columns. */
const GAP = 2

/** Narrower than this nothing is wrapped or cut: then the terminal does it. */
const NARROWEST = 24

/**
 * Lines of a label and a value, the values aligned.
 * @param width - of the terminal; longer values are wrapped below themselves. Undefined: nothing is wrapped.
 */
export function columns(rows: readonly (readonly [string, string])[], width?: number): string {
  const labels = Math.max(...rows.map(([label]) => label.length)) + GAP
  return rows
    .map(([label, value]) => {
      const lines = wrapped(value, width === undefined ? undefined : width - labels)
      return `${label.padEnd(labels)}${lines.join(`\n${' '.repeat(labels)}`)}\n`
    })
    .join('')
}

/** A text in lines of at most `width` characters, at its spaces; a word that is longer is broken. */
export function wrapped(text: string, width: number | undefined): string[] {
  if (width === undefined || width < NARROWEST) return [text]
  const lines: string[] = []
  let line = ''
  for (let word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width))
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A text of at most `width` characters: its middle goes first, since names begin and end with what tells them apart. */
export function cutInTheMiddle(text: string, width: number): string {
  if (text.length <= width) return text
  const end = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${end === 0 ? '' : text.slice(-end)}`
}

/**
 * A table, a line for each row, without line ends. On a terminal the first column gives way until a line fits.
 * @param paint - colours a cell, which has its width by then.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  {
    width,
    indent = 0,
    paint,
  }: {
    readonly width?: number | undefined
    readonly indent?: number
    readonly paint?: (cell: string, column: number, row: number) => string
  } = {},
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const others = widths.slice(1).reduce((sum, one) => sum + GAP + one, indent)
  const [first = 0] = widths
  if (width !== undefined && width - others >= NARROWEST) widths[0] = Math.min(first, width - others)
  return rows.map((row, index) => {
    const cells = row.map((cell, column) => {
      const size = widths[column] ?? 0
      const shown = column === 0 ? cutInTheMiddle(cell, size) : cell
      const padded = column === row.length - 1 ? shown : shown.padEnd(size)
      return paint ? paint(padded, column, index) : padded
    })
    return `${' '.repeat(indent)}${cells.join(' '.repeat(GAP))}`.trimEnd()
  })
}
