/**
 * JSON as Go's `encoding/json` reads it: the same syntax errors word for word, the text of numbers kept, every occurrence of a
 * repeated key kept. Source: Go `encoding/json/scanner.go`.
 */

/** A syntax error in Go's words. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

export type JsonNode =
  | { type: 'object'; entries: [key: string, value: JsonNode][] }
  | { type: 'array'; items: JsonNode[] }
  | { type: 'string'; value: string }
  | { type: 'number'; text: string }
  | { type: 'bool'; value: boolean }
  | { type: 'null' }

const SPACE = new Set([' ', '\t', '\r', '\n'])
const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', '/': '/' }

/** One character as Go prints it in an error (`quoteChar`). */
function quoted(char: string): string {
  if (char === "'") return `'\\''`
  if (char === '"') return `'"'`
  const code = char.codePointAt(0) ?? 0
  const named: Record<string, string> = {
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\\': '\\\\',
    '\v': '\\v',
    '\f': '\\f',
  }
  named['\x07'] = '\\a'
  named['\b'] = '\\b'
  if (named[char]) return `'${named[char]}'`
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`
  if (code < 0x7f) return `'${char}'`
  // Go looks at bytes, and shows one above 0x7f as the code point of that number.
  const first = Buffer.from(char)[0] ?? 0
  return first < 0xa0 || first === 0xad
    ? `'\\u${first.toString(16).padStart(4, '0')}'`
    : `'${String.fromCodePoint(first)}'`
}

/**
 * Parses one JSON text.
 * @throws JsonSyntaxError with Go's message; nothing else.
 */
export function parseJson(text: string): JsonNode {
  let at = 0
  const fail = (context: string): never => {
    const char = text.codePointAt(at)
    if (char === undefined) throw new JsonSyntaxError('unexpected end of JSON input')
    throw new JsonSyntaxError(`invalid character ${quoted(String.fromCodePoint(char))} ${context}`)
  }
  const skipSpace = () => {
    while (SPACE.has(text[at] ?? '')) at++
  }
  const literal = (word: string, node: JsonNode): JsonNode => {
    for (const expected of word.slice(1)) {
      at++
      if (text[at] !== expected) fail(`in literal ${word} (expecting '${expected}')`)
    }
    at++
    return node
  }
  const stringLiteral = (): string => {
    at++ // the opening quote
    let value = ''
    let from = at
    for (;;) {
      const char = text[at]
      if (char === undefined) fail('')
      else if (char === '"') {
        value += text.slice(from, at++)
        return value
      } else if (char === '\\') {
        value += text.slice(from, at++)
        const escape = text[at] ?? ''
        if (escape === 'u') {
          for (let digit = 0; digit < 4; digit++) {
            at++
            if (!/[0-9a-fA-F]/.test(text[at] ?? '')) fail('in \\u hexadecimal character escape')
          }
          value += String.fromCharCode(parseInt(text.slice(at - 3, at + 1), 16))
        } else if (ESCAPES[escape] !== undefined) value += ESCAPES[escape]
        else fail('in string escape code')
        from = ++at
      } else if (char < ' ') fail('in string literal')
      else at++
    }
  }
  const digits = (context: string) => {
    if (!/[0-9]/.test(text[at] ?? '')) fail(context)
    while (/[0-9]/.test(text[at] ?? '')) at++
  }
  const number = (): JsonNode => {
    const from = at
    if (text[at] === '-') at++
    if (text[at] === '0') at++
    else digits('in numeric literal')
    if (text[at] === '.') {
      at++
      digits('after decimal point in numeric literal')
    }
    if (text[at] === 'e' || text[at] === 'E') {
      at++
      if (text[at] === '+' || text[at] === '-') at++
      digits('in exponent of numeric literal')
    }
    return { type: 'number', text: text.slice(from, at) }
  }
  const object = (): JsonNode => {
    const entries: [string, JsonNode][] = []
    at++
    skipSpace()
    if (text[at] === '}') {
      at++
      return { type: 'object', entries }
    }
    for (;;) {
      skipSpace()
      if (text[at] !== '"') fail('looking for beginning of object key string')
      const key = stringLiteral()
      skipSpace()
      if (text[at] !== ':') fail('after object key')
      at++
      entries.push([key, value()])
      skipSpace()
      if (text[at] === '}') {
        at++
        return { type: 'object', entries }
      }
      if (text[at] !== ',') fail('after object key:value pair')
      at++
    }
  }
  const array = (): JsonNode => {
    const items: JsonNode[] = []
    at++
    skipSpace()
    if (text[at] === ']') {
      at++
      return { type: 'array', items }
    }
    for (;;) {
      items.push(value())
      skipSpace()
      if (text[at] === ']') {
        at++
        return { type: 'array', items }
      }
      if (text[at] !== ',') fail('after array element')
      at++
    }
  }
  const value = (): JsonNode => {
    skipSpace()
    switch (text[at]) {
      case '{':
        return object()
      case '[':
        return array()
      case '"':
        return { type: 'string', value: stringLiteral() }
      case 't':
        return literal('true', { type: 'bool', value: true })
      case 'f':
        return literal('false', { type: 'bool', value: false })
      case 'n':
        return literal('null', { type: 'null' })
      default:
        if (!/[-0-9]/.test(text[at] ?? '')) fail('looking for beginning of value')
        return number()
    }
  }
  const root = value()
  skipSpace()
  if (at < text.length) fail('after top-level value')
  return root
}

/** The node as a plain JavaScript value; of a repeated key the last counts. */
export function plain(node: JsonNode): unknown {
  switch (node.type) {
    case 'object':
      return Object.fromEntries(node.entries.map(([key, value]) => [key, plain(value)]))
    case 'array':
      return node.items.map(plain)
    case 'number':
      return Number(node.text)
    case 'null':
      return null
    default:
      return node.value
  }
}
