/** Two runs beside each other: before and after a change to an approver. */
import { array, boolean, looseObject, number, optional, picklist, string } from 'valibot'
import { readDocument } from '../../lab/documents/document.ts'
import { VERDICTS } from '../expectation.ts'
import { type CaseResult, outcomeOf, type ProbeResult } from '../results.ts'

/** What is different about a case. */
export interface Change {
  readonly suite: string
  readonly name: string
  /** In words: verdict, or why there is none; undefined where the run did not have the case. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly kind: 'broken' | 'mended' | 'other' | 'new' | 'gone'
}

/** Cases that came out otherwise; none where both runs found the same. */
export function changesBetween(before: ProbeResult, after: ProbeResult): Change[] {
  const key = ({ suite, name }: CaseResult): string => JSON.stringify([suite, name])
  const earlier = new Map(before.cases.map((one) => [key(one), one]))
  const later = new Map(after.cases.map((one) => [key(one), one]))
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap(
    (name) => change(earlier.get(name), later.get(name)) ?? [],
  )
}

function change(before: CaseResult | undefined, after: CaseResult | undefined): Change | undefined {
  const one = after ?? before
  if (!one) return undefined
  const { suite, name } = one
  const words = { before: before && said(before), after: after && said(after) }
  if (!before) return { suite, name, ...words, kind: 'new' }
  if (!after) return { suite, name, ...words, kind: 'gone' }
  const [was, is] = [outcomeOf(before), outcomeOf(after)]
  if (was === is && words.before === words.after) return undefined
  const kind =
    is === 'different' && was !== 'different' ? 'broken' : is === 'ok' && was === 'different' ? 'mended' : 'other'
  return { suite, name, ...words, kind }
}

function said({ found, skipped }: CaseResult): string {
  return skipped === undefined ? (found ?? 'nothing') : 'left out'
}

const text = optional(string())
const resultDocument = looseObject({
  server: string(),
  policy: string(),
  run: text,
  startedAt: string(),
  ms: number(),
  left: array(string()),
  ok: optional(boolean()),
  cases: array(
    looseObject({
      ...{ suite: string(), name: string(), why: string(), as: string() },
      expected: array(picklist(VERDICTS)),
      ...{ found: optional(picklist(VERDICTS)), reason: text, message: text, skipped: text, because: text },
      differences: array(string()),
    }),
  ),
})

/** A run as `-o json` prints it. @throws DocumentError */
export const readResult = (text: string, path: string): ProbeResult =>
  readDocument(resultDocument, text, path) as unknown as ProbeResult
