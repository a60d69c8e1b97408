/** Bodies that were recorded as text although they are objects: how they are printed counts, field managers do not. */
import { load } from 'js-yaml'
import { goJson } from '../../../src/lab/negotiation/encode.ts'
import { goYaml } from '../../../src/lab/negotiation/go-yaml.ts'

const PRINTED: readonly ((value: object) => string)[] = [
  (value) => `${goJson(value)}\n`,
  (value) => goJson(value, 2),
  goYaml,
]

const VOLATILE: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/(resourceVersion"?: ?")\d+/g, '$1<version>'],
]

/**
 * The text that a server without field managers sends, with names for what changes from run to run.
 * @returns undefined for a text without field managers, or one that is printed in a way of its own.
 */
export function withoutManagers(text: string, strip: (value: unknown) => unknown): string | undefined {
  if (!text.includes('managedFields')) return undefined
  const value = (text.startsWith('{') ? JSON.parse(text) : load(text)) as object
  const print = PRINTED.find((one) => one(value) === text)
  return print && constant(print(strip(value) as object))
}

/** The text with names for what changes from run to run. */
export function constant(text: string): string {
  return VOLATILE.reduce((all, [what, name]) => all.replace(what, name), text)
}
