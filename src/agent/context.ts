import type { Clock } from '../clock.ts'
import type { KeyPair, KeyType } from '../identity/key-pair.ts'
import type { Connect } from '../kube/connection.ts'
import type { Log } from '../log.ts'
import type { AgentEvent } from './report.ts'

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
  /** See machineIdentity; undefined: keys are not bound to a machine. */
  readonly machine: string | undefined
  /** Makes a new key pair. */
  readonly newKeyPair: (type: KeyType) => Promise<KeyPair>
  /** How API servers are reached. */
  readonly connect: Connect
  /** Told of what happens. */
  readonly happened: (event: AgentEvent) => void
}
