import type { Found } from './hunt.ts'
import type { Figures } from './world.ts'

const YEAR_MS = 365.25 * 86_400_000

/** What many lives came to, a line each. */
export function describeFigures(
  figures: Figures,
  { seeds, cpuSeconds }: { seeds: number; cpuSeconds: number },
): string {
  const years = figures.nodeMs / YEAR_MS
  const rows: [string, string | number][] = [
    ['seeds', seeds],
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
  const faults = Object.entries(figures.byFault).sort(([, one], [, other]) => other - one)
  return [...rows, ...faults.map(([name, count]): [string, number] => [`  ${name}`, count])]
    .map(([name, value]) => `${name.padEnd(52)}${value}\n`)
    .join('')
}

/** The table of docs/reliability.md. */
export function mutationTable(found: readonly Found[]): string {
  const rows = found.map(
    ({ mutation, seeds, invariant }) =>
      `| ${mutation.name} | ${invariant === undefined ? 'not found within' : `\`${invariant}\``} | ${seeds} |`,
  )
  return ['| mistake | found by | seeds |', '| --- | --- | ---: |', ...rows].join('\n')
}
