import { describePoint, FAULTS } from './fault.ts'
import type { Tried } from './matrix.ts'
import type { CutFigures } from '../power-cut/figures.ts'

/** All that `npm run test:crash` found out. */
export interface Figures {
  readonly at: string
  readonly node: string
  /** Which points were tried, in words; undefined: all there are. */
  readonly chosen: string | undefined
  readonly crashes: readonly CrashFigures[]
  readonly powerCuts: readonly CutFigures[]
}

export interface CrashFigures {
  readonly scenario: string
  readonly calls: number
  readonly faults: Readonly<Record<string, Counts>>
  readonly all: Counts
  /** How the struck commands ended, and how many did so. */
  readonly ends: Readonly<Record<string, number>>
  /** Looks of the process that watched. */
  readonly looks: number
  /** The points that were not survived. */
  readonly lost: readonly string[]
}

/** What was not reached is neither tried nor survived. */
export interface Counts {
  readonly tried: number
  readonly survived: number
  readonly notReached: number
}

export function crashFigures({ scenario, calls, outcomes }: Tried): CrashFigures {
  const count = (some: Tried['outcomes']): Counts => {
    const tried = some.filter(({ reached, faults }) => reached || faults.length > 0)
    const survived = tried.filter(({ faults }) => faults.length === 0)
    return { tried: tried.length, survived: survived.length, notReached: some.length - tried.length }
  }
  const ends: Record<string, number> = {}
  for (const { end } of outcomes) ends[end] = (ends[end] ?? 0) + 1
  return {
    scenario,
    calls,
    faults: Object.fromEntries(
      FAULTS.map((fault) => [fault, count(outcomes.filter(({ point }) => point.fault === fault))]),
    ),
    all: count(outcomes),
    ends,
    looks: outcomes.reduce((sum, { looks }) => sum + looks, 0),
    lost: outcomes.flatMap(({ point, faults }) =>
      faults.length > 0 ? [`${describePoint(point)}: ${faults.join('; ')}`] : [],
    ),
  }
}

export function allSurvived({ crashes, powerCuts }: Figures): boolean {
  return crashes.every(({ lost }) => lost.length === 0) && powerCuts.every(({ lost }) => lost.length === 0)
}

/** As tables, for a page and for a terminal. */
export function describeFigures({ at, node, chosen, crashes, powerCuts }: Figures): string {
  const counts = ({ tried, survived }: Counts): string => (tried === 0 ? '–' : `${survived} of ${tried}`)
  const total = (pick: (one: CrashFigures) => Counts): Counts =>
    crashes.map(pick).reduce(
      (sum, one) => ({
        tried: sum.tried + one.tried,
        survived: sum.survived + one.survived,
        notReached: sum.notReached + one.notReached,
      }),
      { tried: 0, survived: 0, notReached: 0 },
    )
  const looks = crashes.reduce((sum, one) => sum + one.looks, 0)
  const lines = [
    `Survived, of the points that were tried (${chosen ?? 'all there are'}), on ${at} with Node.js ${node}:`,
    '',
    ...table(
      ['', 'calls', ...FAULTS, 'together'],
      [
        ...crashes.map(({ scenario, calls, faults, all }) => [
          scenario,
          String(calls),
          ...FAULTS.map((fault) => counts(faults[fault] ?? all)),
          counts(all),
        ]),
        [
          'together',
          String(crashes.reduce((sum, { calls }) => sum + calls, 0)),
          ...FAULTS.map((fault) => counts(total(({ faults, all }) => faults[fault] ?? all))),
          `**${counts(total(({ all }) => all))}**`,
        ],
      ],
    ),
    '',
    `${total(({ all }) => all).notReached} points were not reached in six tries each. The second process looked ${looks} times.`,
    '',
    ...table(
      ['power cuts', 'operations on the disk', 'states', 'survived'],
      powerCuts.map(({ scenario, operations, states, lost }) => [
        scenario,
        String(operations),
        String(states),
        String(states - lost.length),
      ]),
    ),
  ]
  return `${lines.join('\n')}\n`
}

/** Markdown that is a table on a terminal as well. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
}

const BEGIN = '<!-- figures: npm run test:crash -- --docs -->'
const END = '<!-- end of figures -->'

/** Puts the figures in the place of those in a page. @throws if the page has no such place. */
export function withFigures(page: string, figures: Figures): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`There is no ${BEGIN} … ${END} in the page`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${describeFigures(figures)}\n${page.slice(end)}`
}
