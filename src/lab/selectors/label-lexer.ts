/** The tokens of label selectors. Source: `staging/src/k8s.io/apimachinery/pkg/labels/selector.go`, Lexer. */

export type TokenKind =
  'identifier' | 'in' | 'notin' | '=' | '==' | '!=' | '>' | '<' | '!' | '(' | ')' | ',' | 'error' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As written; errors quote it. */
  readonly literal: string
}

const SYMBOLS = new Set<string>([')', ',', '!', '==', '=', '>', '<', '!=', '('])
const SPECIAL = new Set('=!(),><')
const SPACE = new Set(' \t\r\n')

/** All tokens of a selector; the last one is `end`. Words that are operators are left to the parser, which knows the context. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    if (SPACE.has(char)) {
      at++
      continue
    }
    const token = SPECIAL.has(char) ? symbol(text, at) : word(text, at)
    tokens.push(token)
    at += token.length
  }
  return [...tokens, { kind: 'end', literal: '' }]
}

/** The longest run of special characters that is still a symbol. */
function symbol(text: string, start: number): Token & { length: number } {
  let found = ''
  let run = ''
  for (let at = start; SPECIAL.has(text[at] ?? ' '); at++) {
    run += text[at] ?? ''
    if (SYMBOLS.has(run)) found = run
    else if (found !== '') break
  }
  if (found === '') return { kind: 'error', literal: `error expected: keyword found '${run}'`, length: run.length }
  return { kind: found as TokenKind, literal: found, length: found.length }
}

function word(text: string, start: number): Token & { length: number } {
  let end = start
  while (end < text.length && !SPECIAL.has(text[end] ?? '') && !SPACE.has(text[end] ?? '')) end++
  const literal = text.slice(start, end)
  return { kind: literal === 'in' || literal === 'notin' ? literal : 'identifier', literal, length: literal.length }
}
