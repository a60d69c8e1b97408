import { type Event, EVENT_ID, getScalarValue, parseEvents } from 'js-yaml'

/** A value of a YAML text: where it stands, and the values in it by key or index. */
interface Located {
  /** Number of the line, from 1; of values in a mapping, that of their key. */
  readonly line: number
  readonly parts: ReadonlyMap<string, Located>
}

/**
 * Reads where the values of a YAML text stand, once for all that is asked.
 * @returns tells the number of the line, from 1, on which the value stands that a path of keys and indices leads to from the root; that
 * of what should hold it when it is not there.
 */
export function linesOf(text: string): (path: readonly (string | number)[]) => number {
  const root = readRoot(text)
  return (path) => {
    let found = root
    for (const step of path) {
      const next = found.parts.get(String(step))
      if (next === undefined) break
      found = next
    }
    return found.line
  }
}

/** Events in the order of the text, and the lines of offsets that are asked for in that order. */
interface Reader {
  next(): Event | undefined
  lineAt(offset: number): number
  scalar(event: Event & { type: typeof EVENT_ID.SCALAR }): string
}

function readRoot(text: string): Located {
  const events = parseEvents(text, {})[Symbol.iterator]()
  let line = 1
  let nextLine = text.indexOf('\n') + 1
  const reader: Reader = {
    next: () => events.next().value,
    lineAt: (offset) => {
      for (; nextLine > 0 && nextLine <= offset; nextLine = text.indexOf('\n', nextLine) + 1) line += 1
      return line
    },
    scalar: (event) => getScalarValue(text, event),
  }
  reader.next() // the document's own
  return readNode(reader) ?? { line: 1, parts: new Map() }
}

/** The next node; undefined at the end of what surrounds it. */
function readNode(reader: Reader): (Located & { scalar?: string }) | undefined {
  const event = reader.next()
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return { line: reader.lineAt(event.valueStart), parts: new Map(), scalar: reader.scalar(event) }
    case EVENT_ID.ALIAS:
      return { line: reader.lineAt(event.anchorStart), parts: new Map() }
    case EVENT_ID.SEQUENCE: {
      const line = reader.lineAt(event.start)
      const parts = new Map<string, Located>()
      for (let item = readNode(reader); item; item = readNode(reader)) parts.set(String(parts.size), item)
      return { line, parts }
    }
    case EVENT_ID.MAPPING: {
      const line = reader.lineAt(event.start)
      const parts = new Map<string, Located>()
      for (let key = readNode(reader); key; key = readNode(reader)) {
        const value = readNode(reader)
        parts.set(key.scalar ?? '', { line: key.line, parts: value?.parts ?? new Map() })
      }
      return { line, parts }
    }
    default:
      return undefined
  }
}
