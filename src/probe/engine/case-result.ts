/** What became of the copies of a case, as one result. */
import type { Expectation } from '../expectation.ts'
import { describeIdentity } from '../identity.ts'
import { filled, type PlaceholderValues } from '../placeholders.ts'
import type { CaseResult } from '../results.ts'
import type { ProbeCase, Suite } from '../suite.ts'
import type { Observation } from './observation.ts'

/** One request of a case. */
export interface Copy {
  readonly expected: Expectation
  readonly observation: Observation
  /** What is not as expected. */
  readonly lines: readonly string[]
}

/** @param copies - one at least. */
export function resultOf(suite: Suite, one: ProbeCase, copies: readonly Copy[], values: PlaceholderValues): CaseResult {
  const [first, ...others] = copies
  if (!first) throw new RangeError('a case has one copy at least')
  const worst = others.reduce((one, other) => (other.lines.length > one.lines.length ? other : one), first)
  return {
    ...common(suite, one, values),
    ...foundOf(worst),
    requests: copies.length,
    ms: Math.max(...copies.map(({ observation }) => observation.ms)),
    differences: summed(copies),
  }
}

/** @param skipped - why nothing was sent. */
export function skippedResult(suite: Suite, one: ProbeCase, skipped: string, values: PlaceholderValues): CaseResult {
  return { ...common(suite, one, values), expected: [], skipped, differences: [] }
}

function common(
  suite: Suite,
  one: ProbeCase,
  values: PlaceholderValues,
): Pick<CaseResult, 'suite' | 'name' | 'why' | 'as'> {
  const as = describeIdentity(filled(one.as ?? suite.defaults?.as ?? 'node', values))
  return { suite: suite.name, name: one.name, why: one.why, as }
}

function foundOf({
  expected,
  observation,
}: Copy): Pick<CaseResult, 'expected' | 'because' | 'found' | 'reason' | 'message'> {
  const { verdict, reason, message } = observation
  return {
    expected: expected.verdicts,
    ...(expected.because !== undefined && { because: expected.because }),
    found: verdict,
    ...(reason !== undefined && reason !== '' && { reason }),
    ...(message !== undefined && message !== '' && { message }),
  }
}

/** The same line of many copies once, with their number. */
function summed(outcomes: readonly Copy[]): string[] {
  const counts = new Map<string, number>()
  for (const line of outcomes.flatMap(({ lines }) => lines)) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => (outcomes.length === 1 ? line : `${count} of ${outcomes.length}: ${line}`))
}
