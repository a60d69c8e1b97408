/** Lists and settings that people write: YAML or JSON, held against a schema. */
import { load, YAMLException } from 'js-yaml'
import { type BaseIssue, type GenericSchema, getDotPath, safeParse } from 'valibot'
import { lineOf } from './locate.ts'

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
  return check(schema, value, name, (path) => `, line ${lineOf(text, path)}`)
}

/** Holds a value that was read already against a schema. @throws DocumentError */
export function readValue<T>(schema: GenericSchema<unknown, T>, value: unknown, name: string): T {
  return check(schema, value, name, () => '')
}

function check<T>(
  schema: GenericSchema<unknown, T>,
  value: unknown,
  name: string,
  place: (path: readonly (string | number)[]) => string,
): T {
  const result = safeParse(schema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
  const field = getDotPath(issue)
  throw new DocumentError(`${name}${place(path)}${field === null ? '' : `, ${field}`}: ${describe(issue)}`)
}

function describe({ kind, expected, received, message }: BaseIssue<unknown>): string {
  if (kind !== 'schema') return message
  if (expected === 'never') return 'there is no such field'
  return `expected ${expected ?? 'something else'}, found ${received === 'undefined' ? 'nothing' : received}`
}
