import type { Emulation } from '../csr/constants.ts'
import type { Connections } from './api/control-plane.ts'
import type { Arrival } from './arrivals.ts'
import type { Shard } from './shard.ts'

/** What a fleet is to do. */
export interface FleetSettings {
  /** Of the whole fleet, all shards together. */
  readonly nodes: number
  readonly shard: Shard
  readonly arrival: Arrival
  readonly rampMs: number
  readonly seed: number
  /** How many nodes are at it at once, in this process. */
  readonly concurrency: number
  readonly connections: Connections
  /** Whether each node gets a serving certificate as well. */
  readonly serving: boolean
  /** How long after one certificate the next is asked for; undefined: never. */
  readonly rotateEveryMs: number | undefined
  /** Until when rotations begin, ms from the start; undefined: each node rotates once. */
  readonly durationMs: number | undefined
  readonly emulate: Emulation
  /** How long a node waits for one certificate. */
  readonly timeoutMs: number
  /** What the nodes' names begin with. */
  readonly namePrefix: string
}
