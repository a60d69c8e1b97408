import type { AgentReport, CertificateReport } from '../agent/report.ts'
import type { Purpose } from '../csr/constants.ts'

/** What something is worth, by its key, names and dates; `unknown`: it could not be looked at. */
export type Worth = 'usable' | 'unusable' | 'absent' | 'unknown'

export interface Found {
  readonly worth: Worth
  /** Why it is unusable or unknown. */
  readonly why?: string
}

export interface CredentialStatus extends Found {
  readonly purpose: Purpose
  /** The link that names the pair. */
  readonly path: string
  /** Also of a credential that cannot be used, where one could be read. */
  readonly certificate?: CertificateReport
  /** Name of the request that its pending key makes: one is under way, or was when the last certlet ended. */
  readonly request?: string
  /** Why that waits, where the API server was asked. */
  readonly waits?: string
}

/** The client credential: the pair that the kubeconfig leads to, else the current one. */
export interface ClientStatus {
  readonly kubeconfig: Found & {
    readonly path: string
    /** Address of the API server. */
    readonly server?: string
  }
  readonly client: CredentialStatus
}

export type DaemonStatus =
  | { readonly state: 'running'; readonly report: AgentReport }
  | { readonly state: 'none' }
  /** There is one that cannot be asked. */
  | { readonly state: 'silent'; readonly why: string }

/** How a node stands. */
export interface NodeStatus extends ClientStatus {
  readonly nodeName: string
  /** Absent where none is wanted and none is there. */
  readonly serving?: CredentialStatus
  readonly daemon: DaemonStatus
}

/**
 * The exit code of `certlet status`, by the worst that was found: 7 could not be looked at, 9 cannot be used or is refused by the API
 * server, 4 not there yet, 8 the daemon does not answer, 0 all is well. Pure.
 */
export function exitCodeOf({ kubeconfig, client, serving, daemon }: NodeStatus): number {
  const worths = [kubeconfig, client, ...(serving ? [serving] : [])].map(({ worth }) => worth)
  const reports = daemon.state === 'running' ? [daemon.report.client, daemon.report.serving] : []
  if (worths.includes('unknown')) return 7
  if (worths.includes('unusable') || reports.some((one) => one?.waiting?.reason === 'credential-refused')) return 9
  if (worths.includes('absent')) return 4
  return daemon.state === 'silent' ? 8 : 0
}
