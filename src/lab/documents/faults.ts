/** What a schema finds wrong with a document, in plain words. */
import type { BaseIssue } from 'valibot'

/** Where something stands in a document. */
export type Path = readonly (string | number)[]

export interface Fault {
  readonly at: Path
  readonly why: string
}

type Issue = BaseIssue<unknown>

/** A line for each thing that is wrong; of a choice between several forms, what is wrong by the one that was likely meant. */
export function faultsOf(issues: readonly Issue[], above: Path = []): Fault[] {
  return issues.flatMap((issue) => {
    const at = [...above, ...pathOf(issue)]
    return issue.issues ? choiceFaults(issue.issues, at) : [{ at, why: inWords(issue) }]
  })
}

const pathOf = ({ path }: Issue): Path => (path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))

/** @param issues - what is wrong by each of the forms, one after another. */
function choiceFaults(issues: readonly Issue[], at: Path): Fault[] {
  const inside = issues.filter((issue) => pathOf(issue).length > 0 && !isListForFields(issue))
  if (inside.length === 0) {
    // Of another kind than any of the forms.
    const wanted = issues.map((issue) => (isListForFields(issue) ? 'Object' : issue.expected)).join(' | ')
    const found = issues.some(isListForFields) ? 'Array' : issues[0]?.received
    return [{ at, why: `expected ${kindOf(wanted)}, found ${kindOf(found)}` }]
  }
  const known = inside.filter((issue) => !isMissing(issue) && !isUnknown(issue))
  if (known.length > 0) return faultsOf(known, at)
  // A form that is complete ends its list with the field that is too much; the others lack one before it.
  const surplus = inside.find((issue, i) => isUnknown(issue) && !isMissing(inside[i - 1]))
  if (surplus) return [{ at: [...at, ...pathOf(surplus)], why: 'there is no such field here' }]
  const fields = inside.filter(isMissing).map((issue) => String(pathOf(issue).at(-1)))
  const found = inside.filter(isUnknown).map((issue) => String(pathOf(issue).at(-1)))
  const instead = found.length === 0 ? '' : `, found ${listed([...new Set(found)])}`
  return [{ at, why: `expected a field ${listed([...new Set(fields)], 'or')}${instead}` }]
}

/** The library takes a list for an object without fields. */
const isListForFields = ({ path }: Issue): boolean => path?.[0]?.type === 'object' && Array.isArray(path[0].input)
const isUnknown = ({ expected }: Issue): boolean => expected === 'never'
const isMissing = (issue: Issue | undefined): boolean =>
  issue?.received === 'undefined' && /^"/.test(issue.expected ?? '') && issue.type.endsWith('object')

function inWords(issue: Issue): string {
  const { kind, type, expected, received, message } = issue
  if (isUnknown(issue)) return 'there is no such field'
  if (isMissing(issue)) return 'this field is needed, and missing'
  if (kind === 'schema') return `expected ${kindOf(expected)}, found ${kindOf(received)}`
  // The library's own words begin so; ours are sentences.
  if (!message.startsWith('Invalid ')) return message
  const wanted =
    type === 'integer' ? 'a whole number' : kindOf(expected).replace(/^>=/, 'at least ').replace(/^<=/, 'at most ')
  return `expected ${wanted}, found ${kindOf(received)}`
}

const KINDS: Readonly<Record<string, string>> = {
  Object: 'fields',
  Array: 'a list',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  undefined: 'nothing',
  null: 'nothing',
}

/** Kinds of value in words: `("a" | "b") | Object` is `"a", "b" or fields`. */
function kindOf(written: string | null | undefined): string {
  const kinds = (written ?? 'something else').split(' | ').map((one) => one.replace(/^\(+|\)+$/g, ''))
  return listed([...new Set(kinds.map((one) => KINDS[one] ?? one))], 'or')
}

function listed(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`
}
