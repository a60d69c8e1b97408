/** What the probe found, for people: the differences first. */
import { formatDuration } from '../duration.ts'
import { type CaseResult, type Outcome, outcomeOf, type ProbeResult } from '../probe/results.ts'
import { tableLines, wrapped } from './columns.ts'
import type { Paint } from './paint.ts'
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
    ...section('Not as expected', of('different'), view, (one) => differenceLines(one, view)),
    ...section('As expected', of('ok'), view, () => []),
    ...section('Left out', of('skipped'), view, () => []),
    ...leftLines(result.left, view),
  ]
  return `${[...sections, summary(result, view)].join('\n')}\n`
}

function section(
  title: string,
  cases: readonly CaseResult[],
  { paint, width }: ProbeView,
  more: (one: CaseResult) => string[],
): string[] {
  if (cases.length === 0) return []
  const rows = cases.map((one) => [
    `${one.suite}/${one.name}`,
    printable(one.as.replace(/ \(.*/, '')),
    one.expected.join('|'),
    one.skipped === undefined ? `${one.found ?? ''}${many(one)}` : printable(one.skipped),
    one.ms === undefined ? '' : one.ms < 1000 ? `${one.ms}ms` : formatDuration(one.ms),
  ])
  const head = ['CASE', 'ASKED BY', 'EXPECTED', 'FOUND', 'TIME']
  const tone = { 'Not as expected': 'bad', 'As expected': 'good', 'Left out': 'warning' } as const
  const colour = (cell: string, column: number, row: number): string => {
    if (row === 0) return paint('faint', cell)
    return column === 3 ? paint(tone[title as keyof typeof tone], cell) : cell
  }
  const lines = tableLines([head, ...rows], { width, indent: 2, paint: colour })
  const [header = '', ...body] = lines
  return [paint('title', title), header, ...body.flatMap((line, i) => [line, ...more(cases[i] as CaseResult)]), '']
}

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

function leftLines(left: readonly string[], { paint, width }: ProbeView): string[] {
  if (left.length === 0) return []
  const text = `kubectl delete csr ${left.map(printable).join(' ')}`
  return [
    paint('title', 'Left on the server, since this identity may not delete them'),
    ...wrapped(text, width === undefined ? undefined : width - 2).map((line) => `  ${line}`),
    '',
  ]
}

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
