/** What the probe found, for people: the differences first. */
import { formatDuration } from '../duration.ts'
import { LABEL } from '../probe/label.ts'
import { type CaseResult, type Outcome, outcomeOf, type ProbeResult } from '../probe/results.ts'
import { tableLines, wrapped } from './columns.ts'
import type { Paint, Tone } from './paint.ts'
import { printable } from './printable.ts'

export interface ProbeView {
  readonly paint: Paint
  /** Of the terminal. */
  readonly width: number | undefined
}

const INDENT = '    '

export function describeProbe(result: ProbeResult, view: ProbeView): string {
  const of = (outcome: Outcome): CaseResult[] => result.cases.filter((one) => outcomeOf(one) === outcome)
  const sections = [
    ...differentSection(of('different'), view),
    ...sameSection(of('ok'), view),
    ...skippedSection(of('skipped'), view),
    ...leftSection(result, view),
  ]
  return `${[...sections, summary(result, view)].join('\n')}\n`
}

function differentSection(cases: readonly CaseResult[], view: ProbeView): string[] {
  if (cases.length === 0) return []
  const rows = cases.map((one) => [...asked(one), one.expected.join('|'), foundIn(one), timeOf(one)])
  const [header = '', ...lines] = table(['CASE', 'ASKED BY', 'EXPECTED', 'FOUND', 'TIME'], rows, 'bad', view)
  const body = lines.flatMap((line, i) => [line, ...differenceLines(cases[i] as CaseResult, view)])
  return [view.paint('title', 'Not as expected'), header, ...body, '']
}

/** What was expected is what was found, and is not said twice: names of cases need the room. */
function sameSection(cases: readonly CaseResult[], view: ProbeView): string[] {
  if (cases.length === 0) return []
  const rows = cases.map((one) => [...asked(one), foundIn(one), timeOf(one)])
  const lines = table(['CASE', 'ASKED BY', 'FOUND', 'TIME'], rows, 'good', view)
  return [view.paint('title', 'As expected'), ...lines, '']
}

/** By reason: many cases lack the same. */
function skippedSection(cases: readonly CaseResult[], { paint, width }: ProbeView): string[] {
  if (cases.length === 0) return []
  const block = (text: string, indent: string): string[] =>
    wrapped(printable(text), width === undefined ? undefined : width - indent.length).map((line) => indent + line)
  const byReason = Map.groupBy(cases, ({ skipped = '' }) => skipped)
  const reasons = [...byReason].flatMap(([reason, of]) => [
    ...block(reason, '  ').map((line) => paint('warning', line)),
    ...block(of.map(({ suite, name }) => `${suite}/${name}`).join(' '), INDENT),
  ])
  return [paint('title', 'Left out'), ...reasons, '']
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  tone: Tone,
  { paint, width }: ProbeView,
): string[] {
  const found = head.indexOf('FOUND')
  const colour = (cell: string, column: number, row: number): string =>
    row === 0 ? paint('faint', cell) : column === found ? paint(tone, cell) : cell
  return tableLines([head, ...rows], { width, indent: 2, paint: colour })
}

const asked = ({ suite, name, as }: CaseResult): string[] => [`${suite}/${name}`, printable(as.replace(/ \(.*/, ''))]

const foundIn = (one: CaseResult): string => `${one.found ?? ''}${many(one)}`

const timeOf = ({ ms = 0 }: CaseResult): string => (ms < 1000 ? `${ms}ms` : formatDuration(ms))

const many = ({ requests = 1 }: CaseResult): string => (requests === 1 ? '' : ` ×${requests}`)

function differenceLines({ differences, why, because }: CaseResult, { width, paint }: ProbeView): string[] {
  const room = width === undefined ? undefined : width - INDENT.length
  const block = (text: string): string[] => wrapped(printable(text), room).map((line) => INDENT + line)
  return [
    ...differences.flatMap(block),
    ...(because === undefined ? [] : block(`Expected by ${because}.`)),
    ...block(why).map((line) => paint('faint', line)),
  ]
}

function leftSection({ left, run }: ProbeResult, { paint, width }: ProbeView): string[] {
  if (left.length === 0) return []
  return [
    paint('title', `Left on the server (${left.length})`),
    `  ${deletion(run)}`,
    ...wrapped(left.map(printable).join(' '), width === undefined ? undefined : width - INDENT.length).map((line) =>
      paint('faint', INDENT + line),
    ),
    '',
  ]
}

/** How somebody with the right to do so deletes the requests of a run. */
export const deletion = (run: string): string => `kubectl delete csr -l ${LABEL}=${run}`

function summary({ cases, policy, server, ms }: ProbeResult, { paint }: ProbeView): string {
  const number = (outcome: Outcome): number => cases.filter((one) => outcomeOf(one) === outcome).length
  const [different, skipped] = [number('different'), number('skipped')]
  const words = [
    `${number('ok')} as expected`,
    different === 0 ? '' : paint('bad', `${different} not as expected`),
    skipped === 0 ? '' : `${skipped} left out`,
  ].filter((text) => text !== '')
  return `${words.join(', ')} (approver ${policy}, ${printable(server)}, ${formatDuration(ms)})`
}
