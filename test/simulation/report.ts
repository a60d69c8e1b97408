import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Found } from './hunt.ts'
import type { Figures } from './world.ts'

const YEAR_MS = 365.25 * 86_400_000

/** How many lives were lived, and how long that took one core. */
export interface Extent {
  readonly seeds: number
  readonly violations: number
  readonly cpuSeconds: number
}

type Row = readonly [string, string | number]

function rowsOf(figures: Figures, { seeds, violations, cpuSeconds }: Extent): Row[] {
  const years = figures.nodeMs / YEAR_MS
  return [
    ['seeds', seeds],
    ['violations', violations],
    ['node-years', years.toFixed(1)],
    ['seconds of one core', cpuSeconds.toFixed(1)],
    ['node-years a minute', Math.round((years / cpuSeconds) * 60)],
    ['steps', figures.steps],
    ['quiet times leaped over', figures.leaps],
    ['faults', figures.faults],
    ['processes killed', figures.crashes],
    ['processes ended by power cuts', figures.powerCuts],
    ['requests to the API server', figures.calls],
    ['signing requests', figures.requests],
    ['rotations', figures.rotations],
  ]
}

/** What many lives came to, a line each. */
export function describeFigures(figures: Figures, extent: Extent): string {
  const faults = Object.entries(figures.byFault).sort(([, one], [, other]) => other - one)
  return [...rowsOf(figures, extent), ...faults.map(([name, count]): Row => [`  ${name}`, count])]
    .map(([name, value]) => `${name.padEnd(52)}${value}\n`)
    .join('')
}

/** The same for docs/reliability.md, without the faults one by one. */
export function figuresTable(figures: Figures, extent: Extent): string {
  const rows = rowsOf(figures, extent).map(([name, value]) => `| ${name} | ${value} |`)
  return ['| | |', '| --- | ---: |', ...rows].join('\n')
}

/** The mistakes and how they were found out, for docs/reliability.md. */
export function mutationTable(found: readonly Found[]): string {
  const rows = found.map(
    ({ mutation, seeds, invariant }) =>
      `| ${mutation.name} | ${invariant === undefined ? 'not found within' : `\`${invariant}\``} | ${seeds} |`,
  )
  return ['| mistake | found by | seeds |', '| --- | --- | ---: |', ...rows].join('\n')
}

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))

/** Writes a table into its place in docs/reliability.md. @param place - the comment around it. @throws Error if it has no place. */
export function writeTable(place: string, table: string): void {
  const text = readFileSync(PAGE, 'utf8')
  const [begin, end] = [`<!-- ${place} -->\n`, `<!-- /${place} -->`]
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  if (from < begin.length || to < from) throw new Error(`${PAGE} has no place for ${place}`)
  writeFileSync(PAGE, `${text.slice(0, from)}\n${table}\n\n${text.slice(to)}`)
}
