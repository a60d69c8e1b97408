import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'

/** What the agent takes from the world around it. */
export interface AgentContext {
  readonly clock: Clock
  /** Number in [0, 1). */
  readonly random: () => number
  readonly log: Log
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** The process's user id: files of others are not touched. */
  readonly uid: number
}
