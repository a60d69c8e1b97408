import { type Event, EVENT_ID, getScalarValue, parseEvents } from 'js-yaml'

/** A value of a YAML text: where it stands, and the values in it by key or index. */
interface Located {
  /** Offset in the text; of values in a mapping, that of their key. */
  readonly start: number
  readonly parts: ReadonlyMap<string, Located>
}

/**
 * The line on which a value of a YAML text stands; that of what should hold it when it is not there.
 * @param path - keys and indices from the root.
 * @returns the number of the line, from 1.
 */
export function lineOf(text: string, path: readonly (string | number)[]): number {
  let found = readRoot(text)
  for (const step of path) {
    const next = found.parts.get(String(step))
    if (next === undefined) break
    found = next
  }
  return text.slice(0, found.start).split('\n').length
}

function readRoot(text: string): Located {
  const events = parseEvents(text, {})[Symbol.iterator]()
  const next = (): Event | undefined => events.next().value
  next() // the document's own
  return readNode(text, next) ?? { start: 0, parts: new Map() }
}

/** The next node; undefined at the end of what surrounds it. */
function readNode(text: string, next: () => Event | undefined): (Located & { scalar?: string }) | undefined {
  const event = next()
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return { start: event.valueStart, parts: new Map(), scalar: getScalarValue(text, event) }
    case EVENT_ID.ALIAS:
      return { start: event.anchorStart, parts: new Map() }
    case EVENT_ID.SEQUENCE: {
      const parts = new Map<string, Located>()
      for (let item = readNode(text, next); item; item = readNode(text, next)) parts.set(String(parts.size), item)
      return { start: event.start, parts }
    }
    case EVENT_ID.MAPPING: {
      const parts = new Map<string, Located>()
      for (let key = readNode(text, next); key; key = readNode(text, next)) {
        const value = readNode(text, next)
        parts.set(key.scalar ?? '', { start: key.start, parts: value?.parts ?? new Map() })
      }
      return { start: event.start, parts }
    }
    default:
      return undefined
  }
}
