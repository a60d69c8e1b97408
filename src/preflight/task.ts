import type { AgentSettings } from '../agent/settings.ts'
import type { RetryPolicy } from '../backoff.ts'
import type { Clock } from '../clock.ts'
import type { CertletError } from '../errors.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { Access, Place } from './access.ts'

/** What is asked before a bootstrap or a join. */
export interface PreflightTask {
  readonly settings: AgentSettings
  readonly way: Way
  /** Whether a Node of the name that is Ready may be replaced. */
  readonly replace: boolean
  readonly machine: {
    /** Text of /etc/machine-id; undefined where there is none. */
    readonly text: string | undefined
    /** Whether keys are bound to the machine. */
    readonly binding: boolean
  }
  /** Process ids of the kubelets that run here. */
  readonly kubelets: () => readonly number[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** How this machine comes to the cluster. */
export type Way =
  /** By the bootstrap kubeconfig, or why there is none that can be used. */
  | { readonly kind: 'file'; readonly bootstrap: BootstrapKubeconfig | CertletError }
  /** As `join` does. */
  | {
      readonly kind: 'discovery'
      /** Where discovery begins, where that is known beforehand: looked at if it fails. */
      readonly endpoint: Place | undefined
      readonly discover: (context: { retry: RetryPolicy; signal: AbortSignal }) => Promise<Access>
    }

/** Longest that one step over the network may take, and the whole of a discovery, ms. */
export const STEP_MS = 5_000
export const DISCOVERY_MS = 20_000

/** Nothing is tried again: what may pass is to be seen as it is. */
export function once(clock: Clock): RetryPolicy {
  return {
    clock,
    random: () => 0,
    onProblem: (problem) => {
      throw problem
    },
  }
}
