/** Label selectors: the full grammar, refused in the API server's words. Source: `staging/src/k8s.io/apimachinery/pkg/labels/selector.go`. */
import { aggregate, type FieldError, goQuote, invalid } from '../field-error.ts'
import { compareBytes } from '../schema/compare-bytes.ts'
import { badRequest, type StatusError } from '../status.ts'
import { labelValue, qualifiedName } from '../validation.ts'
import { type Token, tokensOf } from './label-lexer.ts'

export type Labels = Readonly<Record<string, string>>

type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!'

interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt'
const OPERATOR_OF: Partial<Record<Token['kind'], Operator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
}

/** Whether labels are selected; undefined for a selector that selects everything. @throws StatusError 400 */
export function parseLabelSelector(text: string): ((labels: Labels) => boolean) | undefined {
  const requirements = parse(text)
  if (requirements.length === 0) return undefined
  return (labels) => requirements.every((requirement) => holds(requirement, labels))
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value)
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt': {
      if (value === undefined || !isInteger(value)) return false
      const [mine, wanted] = [BigInt(value), BigInt(values[0] ?? '0')]
      return operator === 'gt' ? mine > wanted : mine < wanted
    }
  }
}

const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text)

function parse(text: string): Requirement[] {
  const tokens = tokensOf(text)
  let at = 0
  /** Inside values `in` and `notin` are words like others. */
  const peek = (values = true): Token => {
    const token = tokens[at] ?? { kind: 'end', literal: '' }
    return values && (token.kind === 'in' || token.kind === 'notin') ? { ...token, kind: 'identifier' } : token
  }
  const next = (values = true): Token => {
    const token = peek(values)
    at++
    return token
  }

  function requirement(): Requirement {
    const negated = peek().kind === '!'
    if (negated) next()
    const { kind, literal: key } = next()
    if (kind !== 'identifier') throw unparsable(`found '${key}', expected: identifier`)
    const problems = qualifiedName(key)
    if (problems.length > 0) throw unparsable(aggregate([invalid('<nil>', goQuote(key), problems.join('; '))]))
    const after = peek().kind
    if (negated) return { key, operator: '!', values: [] }
    if (after === 'end' || after === ',') return { key, operator: 'exists', values: [] }
    const { kind: symbol, literal } = next(false)
    const operator = OPERATOR_OF[symbol]
    if (operator === undefined) throw unparsable(`found '${literal}', expected: ${BINARY_OPERATORS}`)
    const values = operator === 'in' || operator === 'notin' ? set() : [exact()]
    const sorted = [...new Set(values)].sort(compareBytes)
    const errors = validate({ key, operator, values: sorted })
    if (errors.length > 0) throw unparsable(aggregate(errors))
    return { key, operator, values: sorted }
  }

  function set(): string[] {
    const open = next()
    if (open.kind !== '(') throw unparsable(`found '${open.literal}' expected: '('`)
    const first = peek()
    if (first.kind === ')') {
      next()
      return []
    }
    if (first.kind !== 'identifier' && first.kind !== ',')
      throw unparsable(`found '${first.literal}', expected: ',', ')' or identifier`)
    const values = members()
    if (next().kind !== ')') throw unparsable(`found '${first.literal}', expected: ')'`)
    return values
  }

  function members(): string[] {
    const values: string[] = []
    for (;;) {
      const { kind, literal } = next()
      if (kind === 'identifier') {
        values.push(literal)
        const after = peek()
        if (after.kind === ')') return values
        if (after.kind !== ',') throw unparsable(`found '${after.literal}', expected: ',' or ')'`)
      } else if (kind === ',') {
        if (values.length === 0) values.push('')
        if (peek().kind === ')') return [...values, '']
        if (peek().kind === ',') {
          next()
          values.push('')
        }
      } else throw unparsable(`found '${literal}', expected: ',', or identifier`)
    }
  }

  function exact(): string {
    const ahead = peek().kind
    if (ahead === 'end' || ahead === ',') return ''
    const { kind, literal } = next()
    if (kind !== 'identifier') throw unparsable(`found '${literal}', expected: identifier`)
    return literal
  }

  const requirements: Requirement[] = []
  for (;;) {
    const first = peek()
    if (first.kind === 'end') return requirements
    if (first.kind !== 'identifier' && first.kind !== '!')
      throw badRequest(`found '${first.literal}', expected: !, identifier, or 'end of string'`)
    requirements.push(requirement())
    const { kind, literal } = next()
    if (kind === 'end') return requirements
    if (kind !== ',') throw badRequest(`found '${literal}', expected: ',' or 'end of string'`)
    const after = peek()
    if (after.kind !== 'identifier' && after.kind !== '!')
      throw badRequest(`found '${after.literal}', expected: identifier after ','`)
  }
}

/** `NewRequirement`. */
function validate({ key, operator, values }: Requirement): FieldError[] {
  const errors: FieldError[] = []
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    errors.push(invalid('values', '[]string{}', "for 'in', 'notin' operators, values set can't be empty"))
  }
  values.forEach((value, i) => {
    if ((operator === 'gt' || operator === 'lt') && !isInteger(value)) {
      const why = "for 'Gt', 'Lt' operators, the value must be an integer"
      errors.push(invalid(`values[${i}]`, goQuote(value), why))
    }
  })
  values.forEach((value, i) => {
    const problems = labelValue(value)
    if (problems.length > 0) errors.push(invalid(`values[${i}][${key}]`, goQuote(value), problems.join('; ')))
  })
  return errors
}

function unparsable(why: string): StatusError {
  return badRequest(`unable to parse requirement: ${why}`)
}
