import { chosen, describePoint, type Fault, FAULTS, type Point, pointsOf } from './fault.ts'
import type { Scenario } from './scenario.ts'
import { type Arena, openArena, type Outcome } from './strike.ts'

/** All that was tried in a scenario. */
export interface Tried {
  readonly scenario: string
  /** Calls of a run that nothing strikes. */
  readonly calls: number
  readonly outcomes: readonly Outcome[]
}

export interface MatrixOptions {
  readonly scenarios: readonly Scenario[]
  /** Which faults; all unless set. */
  readonly faults?: readonly Fault[]
  /** So many points of each scenario, chosen by the seed; all unless set. */
  readonly few?: { readonly points: number; readonly seed: number } | undefined
  /** Only points whose description this finds. */
  readonly only?: RegExp | undefined
  /** What is known of a point from before: it is not tried again. */
  readonly known?: (scenario: string, point: Point) => Outcome | undefined
  /** How many commands run at a time. */
  readonly jobs: number
  /** Asked before each point; at once no longer, it ends with what was tried. */
  readonly goesOn?: () => boolean
  readonly told?: (scenario: Scenario, outcome: Outcome, done: number, all: number) => void
}

/** Tries all points, or those that were chosen. */
export async function tryPoints({
  scenarios,
  faults = FAULTS,
  few,
  only,
  known = () => undefined,
  jobs,
  told,
  goesOn = () => true,
}: MatrixOptions): Promise<Tried[]> {
  const tried: Tried[] = []
  for (const scenario of scenarios) {
    await using arenas = new AsyncDisposableStack()
    const first = arenas.use(await openArena(scenario))
    const all = pointsOf(first.calls, faults).filter((point) => only?.test(describePoint(point)) ?? true)
    const points = few ? chosen(all, few.points, few.seed) : all
    const outcomes = points.flatMap((point) => known(scenario.name, point) ?? [])
    const unknown = points.filter((point) => !known(scenario.name, point))
    const left = unknown.values()
    const work = async (arena: Arena): Promise<void> => {
      for (const point of left) {
        if (!goesOn()) return
        const outcome = await arena.strike(point)
        outcomes.push(outcome)
        told?.(scenario, outcome, outcomes.length, points.length)
      }
    }
    const others = Array.from({ length: Math.max(0, Math.min(jobs, unknown.length) - 1) }, async () => {
      await work(arenas.use(await openArena(scenario)))
    })
    await Promise.all([work(first), ...others])
    tried.push({ scenario: scenario.name, calls: first.calls.length, outcomes })
  }
  return tried
}
