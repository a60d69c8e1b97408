/** Suites as people write them, with what the form alone does not say. */
import { documentError, readDocument } from '../lab/documents/document.ts'
import type { Fault, Path } from '../lab/documents/faults.ts'
import { PLACEHOLDERS, unknownPlaceholders } from './placeholders.ts'
import { type ProbeCase, suite, type Suite } from './suite.ts'

/**
 * @param text - YAML or JSON.
 * @param path - what the suite is called in messages.
 * @throws DocumentError naming line and field.
 */
export function readSuite(text: string, path: string): Suite {
  const read = readDocument(suite, text, path)
  const faults = [...faultsOf(read)]
  if (faults.length > 0) throw documentError(faults, path, text)
  return read
}

function* faultsOf({ cases, defaults }: Suite): Generator<Fault> {
  yield* placeholderFaults(defaults, ['defaults'])
  const before = new Set<string>()
  for (const [i, one] of cases.entries()) {
    if (before.has(one.name)) yield { at: ['cases', i, 'name'], why: `there is a case "${one.name}" before this one` }
    yield* referenceFaults(one, before, ['cases', i])
    yield* placeholderFaults(one, ['cases', i])
    before.add(one.name)
  }
}

function* referenceFaults(one: ProbeCase, before: ReadonlySet<string>, at: Path): Generator<Fault> {
  const keyOf = one.request?.keyOf
  for (const [other, place] of [
    [one.after, [...at, 'after']],
    [keyOf, [...at, 'request', 'keyOf']],
  ] as const) {
    if (other !== undefined && !before.has(other))
      yield { at: place, why: `there is no case "${other}" before this one` }
  }
}

function* placeholderFaults(value: unknown, at: Path): Generator<Fault> {
  if (typeof value === 'string') {
    const [unknown] = unknownPlaceholders(value)
    const known = Object.keys(PLACEHOLDERS).join(', ')
    if (unknown !== undefined) yield { at, why: `there is no placeholder \${${unknown}}; there are ${known}` }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield* placeholderFaults(item, [...at, Array.isArray(value) ? Number(key) : key])
    }
  }
}
