/** Lists and settings that people write: YAML or JSON, held against a schema. */
import { load, YAMLException } from 'js-yaml'
import { type GenericSchema, safeParse } from 'valibot'
import { type Fault, faultsOf } from './faults.ts'
import { linesOf } from './locate.ts'

/** A document that is of no use. The message names the document, the line where there is one, the field, and what is wrong. */
export class DocumentError extends TypeError {
  override readonly name = 'DocumentError'
}

/** Reads a list that people write. */
export type ListReader<T> = (text: string, name: string) => readonly T[]

/**
 * Reads YAML or JSON.
 * @param name - what the document is called in messages: its path.
 * @throws DocumentError
 */
export function readDocument<T>(schema: GenericSchema<unknown, T>, text: string, name: string): T {
  let value: unknown
  try {
    value = load(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const line = error.mark ? `, line ${error.mark.line + 1}` : ''
    throw new DocumentError(`${name}${line}: this is not YAML: ${error.reason}`)
  }
  return check(schema, value, (faults) => documentError(faults, name, text))
}

/** Holds a value that was read already against a schema. @throws DocumentError */
export function readValue<T>(schema: GenericSchema<unknown, T>, value: unknown, name: string): T {
  return check(schema, value, (faults) => documentError(faults, name))
}

function check<T>(
  schema: GenericSchema<unknown, T>,
  value: unknown,
  refusal: (faults: readonly Fault[]) => DocumentError,
): T {
  const result = safeParse(schema, value)
  if (result.success) return result.output
  throw refusal(faultsOf(result.issues))
}

/** More would scroll the first ones away, and many follow from those. */
const MOST_FAULTS = 20

/**
 * Says all that is wrong with a document: in one line if it is one thing, else in an indented line for each.
 * @param text - what was read, for the number of the line.
 */
export function documentError(faults: readonly Fault[], name: string, text?: string): DocumentError {
  const lineOf = text === undefined ? () => 0 : linesOf(text)
  const located = faults
    .map(({ at, why }) => ({ line: lineOf(at), field: at.join('.'), why }))
    .map(({ line, field, why }) => ({
      line,
      why,
      where: [line > 0 ? `line ${line}` : '', field].filter(Boolean).join(', '),
    }))
    .sort((one, other) => one.line - other.line)
  const [first] = located
  if (first && faults.length === 1) {
    return new DocumentError(`${[name, first.where].filter((part) => part !== '').join(', ')}: ${first.why}`)
  }
  const lines = located.map(({ where, why }) => `\n  ${where === '' ? '' : `${where}: `}${why}`)
  const more = lines.length - MOST_FAULTS
  const rest = more > 0 ? `\n  and ${more} more` : ''
  return new DocumentError(`${name} has ${faults.length} faults${lines.slice(0, MOST_FAULTS).join('')}${rest}`)
}
