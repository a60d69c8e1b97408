/** Kinds of fields that the lab's documents share. */
import { array, check, type GenericSchema, maxValue, minValue, number, pipe, string, union } from 'valibot'
import { parseDuration } from '../../duration.ts'

/** A duration as Kubernetes' flags take it: `90s`, `1h30m`. */
export const duration = pipe(
  string(),
  check((text) => parseDuration(text) !== undefined, 'this is not a duration like 500ms, 90s, 5m or 1h30m'),
)

/** A duration that may go back in time: `-10m`. */
export const signedDuration = pipe(
  string(),
  check((text) => signedMs(text) !== undefined, 'this is not a duration like 90s or -10m'),
)

/** One text, or a list of which any will do. */
export const oneOrMoreOf = <Item extends GenericSchema<unknown, string>>(item: Item) => union([item, array(item)])
export const oneOrMore = oneOrMoreOf(string())

/** A probability. */
export const share = pipe(number(), minValue(0, 'a share is from 0 to 1'), maxValue(1, 'a share is from 0 to 1'))

/** @returns milliseconds, undefined for what is no duration. */
export function signedMs(text: string): number | undefined {
  const ms = parseDuration(text.replace(/^[-+]/, ''))
  return ms !== undefined && text.startsWith('-') ? -ms : ms
}

/** Milliseconds of a duration that a schema has seen. @throws TypeError for any other text. */
export function msOf(text: string): number {
  const ms = signedMs(text)
  if (ms === undefined) throw new TypeError(`"${text}" is not a duration like 90s, 5m or 1h30m`)
  return ms
}
