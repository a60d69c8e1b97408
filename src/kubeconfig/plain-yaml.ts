/**
 * YAML in the form that kubeadm, kubectl and certlet write kubeconfigs in: mappings and lists in blocks, of plain texts, true and false.
 * Loading js-yaml and having it read and write one takes a twentieth of a bootstrap. Here is only what it would make the same of, held to
 * it by a test; for any other form it is asked.
 */

/** A line `key: value`, `key:`, or either of them as the beginning of a list's element. */
interface Line {
  /** Of the dash; undefined where there is none. */
  readonly dash: number | undefined
  /** Column of the key. */
  readonly column: number
  readonly key: string
  readonly value: string | undefined
}

const LINE = /^( *)(- )?([a-z][A-Za-z-]*):(?: ([^\s]+))?$/

/** @returns undefined where the text is in any other form. */
export function readPlainYaml(text: string): unknown {
  const lines: Line[] = []
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [found, spaces = '', dashed, key = '', value] = LINE.exec(line) ?? []
    if (found === undefined) return undefined
    const dash = dashed === undefined ? undefined : spaces.length
    lines.push({ dash, column: spaces.length + (dashed?.length ?? 0), key, value })
  }
  let at = 0

  /** The mapping whose first key is next. */
  function mapping(column: number): Record<string, unknown> | undefined {
    const result: Record<string, unknown> = {}
    do {
      const { key = '', value } = lines[at++] ?? {}
      const made = value === undefined ? block(column) : scalar(value)
      if (made === undefined || Object.hasOwn(result, key)) return undefined
      result[key] = made
    } while (lines[at]?.dash === undefined && lines[at]?.column === column)
    return result
  }

  /** What stands below a key. A list may be as far to the left as its key. */
  function block(above: number): unknown {
    const { dash, column = 0 } = lines[at] ?? {}
    if (dash === undefined) return column > above ? mapping(column) : undefined
    if (dash < above) return undefined
    const list: unknown[] = []
    while (lines[at]?.dash === dash) {
      const one = mapping(dash + 2)
      if (one === undefined) return undefined
      list.push(one)
    }
    return list
  }

  const document = lines[0]?.column === 0 ? mapping(0) : undefined
  // Whatever is left stands at a column where nothing is expected.
  return at === lines.length ? document : undefined
}

/** @param document - mappings, lists of mappings, texts, true and false. @returns undefined where it needs another form. */
export function writePlainYaml(document: Readonly<Record<string, unknown>>): string | undefined {
  const lines: string[] = []
  const isPlain = (value: unknown, indent: string): boolean => {
    if (typeof value !== 'object' || value === null) return false
    const entries = Object.entries(value)
    return entries.length > 0 && entries.every(([key, one]) => entry(key, one, indent))
  }
  const entry = (key: string, value: unknown, indent: string): boolean => {
    if (!/^[a-z][A-Za-z-]*$/.test(key) || !isPlainText(key)) return false
    if (typeof value === 'boolean' || (typeof value === 'string' && isPlainText(value))) {
      lines.push(`${indent}${key}: ${value}`)
      return true
    }
    lines.push(`${indent}${key}:`)
    if (!Array.isArray(value)) return isPlain(value, `${indent}  `)
    return (
      value.length > 0 &&
      value.every((one: unknown) => {
        const first = lines.length
        if (!isPlain(one, `${indent}    `)) return false
        lines[first] = (lines[first] ?? '').replace(`${indent}    `, `${indent}  - `)
        return true
      })
    )
  }
  return isPlain(document, '') ? lines.join('\n') + '\n' : undefined
}

function scalar(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  if (value === '{}') return {}
  return isPlainText(value) ? value : undefined
}

/** Whether a text needs no quotes: nothing in it means anything in YAML, and it is no number, date, truth or null of any version. */
function isPlainText(value: string): boolean {
  if (/^(true|false|null|yes|no|on|off|y|n|inf|nan)$/i.test(value)) return false
  return /^[A-Za-z/]([\w+/.:=@-]*[\w+/.=@-])?$/.test(value) || /^(?!0[box])\d[\w.]*[a-df-z][\w.]*$/.test(value)
}
