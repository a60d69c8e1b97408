import type { AgentEvent } from '../../src/agent/report.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Node } from './node.ts'
import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'
import type { Variant } from './variant.ts'

/** What a life consists of. */
export interface World {
  readonly seed: number
  readonly timeline: Timeline
  readonly random: Random
  readonly cluster: Cluster
  readonly nodes: Node[]
  /** The sources that the nodes run; and as they ship, for the invariants' eyes. */
  readonly variant: Variant
  readonly oracle: Variant
  readonly figures: Figures
  /** Whether nobody reads what is written down. */
  readonly quiet: boolean
  /** Writes down what happens. */
  trace(who: string, what: string): void
  /** Something that must never be. */
  violated(invariant: string, what: string): void
  /** The number of the next key. */
  nextKey: number
  /** When something was last done to a node or to all that could hold it up, ms. */
  troubledAt: number
  /** When a quiet time was last leaped over, ms: for a node it is the moment in which it wakes. */
  leapedAt: number
  readonly told: (node: Node, event: AgentEvent) => void
}

/** What is counted over a life. */
export interface Figures {
  nodeMs: number
  steps: number
  leaps: number
  faults: number
  crashes: number
  powerCuts: number
  requests: number
  calls: number
  rotations: number
  byFault: Record<string, number>
}

export function noFigures(): Figures {
  const none = {
    nodeMs: 0,
    steps: 0,
    leaps: 0,
    faults: 0,
    crashes: 0,
    powerCuts: 0,
    requests: 0,
    calls: 0,
    rotations: 0,
  }
  return { ...none, byFault: {} }
}

/** Adds one life's figures to another's. */
export function addFigures(sum: Figures, more: Figures): void {
  for (const key of Object.keys(sum) as (keyof Figures)[]) {
    if (key !== 'byFault') sum[key] += more[key]
  }
  for (const [name, count] of Object.entries(more.byFault)) sum.byFault[name] = (sum.byFault[name] ?? 0) + count
}

/** A violation, with the seed that leads to it. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: string
  readonly atMs: number

  constructor(invariant: string, what: string, atMs: number) {
    super(`${invariant}: ${what}`)
    this.invariant = invariant
    this.atMs = atMs
  }
}
