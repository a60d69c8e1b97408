import { readlinkSync } from 'node:fs'
import type { Point } from './fault.ts'
import { nodePlace, type NodePlace } from './node-place.ts'
import { startReader } from './reader.ts'
import { CURRENT, rotated, type Scenario, startAgain } from './scenario.ts'
import { sameCall, type SystemCall } from './system-call.ts'
import { type Traced, underStrace } from './under-strace.ts'
import { faultsAtLast, faultsAtOnce, faultsSeen, proofs, type Reference, watched } from './verdict.ts'

/** What came of a point. */
export interface Outcome {
  readonly point: Point
  /** Whether the fault struck just there. Another thread's doings can move a run: it is then tried again, a few times. */
  readonly reached: boolean
  /** Where it did strike; undefined where that was on nothing of the node's: such a strike proves nothing. */
  readonly struck: SystemCall | undefined
  /** How the struck command ended: `killed`, or its exit code. */
  readonly end: string
  /** What was not as it should be; empty: survived. */
  readonly faults: readonly string[]
  /** Looks of the second process. */
  readonly looks: number
}

/** A scenario at a place of its own, to be struck again and again. */
export interface Arena extends AsyncDisposable {
  readonly scenario: Scenario
  /** The calls of a run that nothing strikes. */
  readonly calls: readonly SystemCall[]
  strike(point: Point): Promise<Outcome>
}

/** How often a point is tried before it counts as not reached. */
const MOST_TRIES = 6

/** @throws if the command does not do what it should without any fault, or makes calls on files or connections that are not on its main thread. */
export async function openArena(scenario: Scenario): Promise<Arena> {
  await using opening = new AsyncDisposableStack()
  const place = opening.use(await nodePlace())
  const reader = opening.use(startReader())
  await scenario.prepare(place)
  const before = place.image()
  await place.reset(before)
  await runOnce(scenario, place, undefined) // the first run compiles
  await place.reset(before)
  const { run, trace } = await runOnce(scenario, place, undefined)
  const reference: Reference = { before, after: place.image() }
  const faults = await faultsAtLast(place, scenario, reference)
  if (run.code !== 0 || faults.length > 0)
    throw new Error(`${scenario.name} fails without a fault: ${run.stderr}${faults.join('; ')}`)
  if (trace.elsewhere.length > 0) throw new Error(`Calls that no fault can be aimed at: ${trace.elsewhere.join(', ')}`)

  const once = async (point: Point): Promise<Outcome> => {
    await place.reset(before)
    await reader.begin(watched(place, scenario))
    const proven = proofs(place)
    const struck = await runOnce(scenario, place, point)
    const wasProven = proven()
    const found = endFaults(struck, point)
    found.push(...(await faultsAtOnce(place, scenario, reference, wasProven)))
    const again = await startAgain(scenario, place)
    if (again.code !== 0) found.push(`started again, it ended with ${again.code}: ${again.text}`)
    found.push(...(await faultsAtLast(place, scenario, reference)))
    const sightings = await reader.end()
    found.push(...faultsSeen(place, scenario, reference, sightings))
    const reached = sameCall(struck.trace.struck, point.call)
    const end = struck.signal === null ? `exit ${struck.run.code ?? '?'}` : 'killed'
    return { point, reached, struck: struck.trace.struck, end, faults: found, looks: sightings.looks }
  }
  const opened = opening.move()
  return {
    scenario,
    calls: trace.calls,
    strike: async (point) => {
      let aimed = point
      for (let tries = 1; ; tries++) {
        const outcome = { ...(await once(aimed)), point }
        if (outcome.reached || (outcome.struck && outcome.faults.length > 0)) return outcome
        if (tries === MOST_TRIES) return { ...outcome, faults: [] }
        aimed = { ...point, call: corrected(point.call, aimed.call.count, trace.calls, outcome.struck) }
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Where to aim next: what was struck instead tells by how many calls this run is ahead or behind. */
function corrected(
  wanted: SystemCall,
  aimedAt: number,
  planned: readonly SystemCall[],
  struck: SystemCall | undefined,
): SystemCall {
  const instead = planned.find((call) => call.name === wanted.name && sameCall(struck, call))
  return { ...wanted, count: instead ? Math.max(1, aimedAt + wanted.count - instead.count) : wanted.count }
}

async function runOnce(
  scenario: Scenario,
  place: NodePlace,
  strike: Point | undefined,
): Promise<Traced & { stuck: boolean }> {
  const args = scenario.args(place)
  if (!scenario.daemon) return { ...(await underStrace(args, place.folder, { strike })), stuck: false }
  const old = readlinkSync(place.path(CURRENT.client))
  let stuck = false
  const traced = await underStrace(args, place.folder, {
    strike,
    meanwhile: async ({ ended, kill }) => {
      stuck = !(await rotated(place, old, ended))
      kill('SIGTERM')
    },
  })
  return { ...traced, stuck }
}

/** A fault other than death is told by an exit code that has a meaning, or got over. */
function endFaults({ run, signal, stuck }: Traced & { stuck: boolean }, { fault }: Point): string[] {
  if (stuck) return [`it did not get over it: ${run.stderr}`]
  const meant = { 'kill before': 'SIGKILL', 'kill after': 'SIGSTKFLT' }[fault as string]
  if (signal !== null) return signal === meant ? [] : [`ended by ${signal}: ${run.stderr}`]
  if (run.code === 1 || /INTERNAL|^ +at /m.test(run.stderr))
    return [`a defect: exit code ${run.code ?? '?'}: ${run.stderr}`]
  return []
}
