import type { Purpose } from '../csr/constants.ts'
import type { FailureCode } from '../errors.ts'

/**
 * What a running agent says about itself to those who watch it: the log, systemd's STATUS, metrics, `/readyz`, `certlet status`.
 * The agent makes the reports; nothing that reads them has a say in what it does.
 */
export interface AgentReport {
  readonly nodeName: string
  readonly client: CredentialReport
  /** Absent when no serving credential is wanted. */
  readonly serving?: CredentialReport
  /** The server's clock minus ours by its last answer to a proof or a request, ms, to the second; undefined before the first. */
  readonly clockSkewMs?: number
}

export interface CredentialReport {
  readonly purpose: Purpose
  /** The certificate in use; absent while there is none that could be used. It stays here after its expiry. */
  readonly certificate?: CertificateReport
  /**
   * Whether the credential is in place, in date and accepted: for a client pair by what the API server said last, for a serving pair by its
   * check.
   */
  readonly ready: boolean
  /**
   * What keeps it from being ready; beside `ready`, what keeps certlet from renewing it, or from asking whether it is still accepted (an
   * API server out of reach takes back nothing that it has said). Absent when all is well.
   */
  readonly waiting?: Waiting
  /** The request that is under way; it outlives restarts. */
  readonly request?: { readonly name: string; readonly since: Date }
}

export interface CertificateReport {
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** The drawn point of its lifetime from which it is replaced. */
  readonly rotateAt: Date
}

/** Why something has to wait: a label of few values for metrics, a sentence with the next command for people. */
export interface Waiting {
  readonly reason: WaitingReason
  readonly sentence: string
  readonly since: Date
}

export const WAITING_REASONS = [
  'approval', // nobody has approved it yet, though the stock approver would
  'approval-not-granted', // nobody will: a binding is missing, or a human has to
  'signing',
  'denied',
  'failed',
  'not-yet-valid',
  'no-client-credential', // of the serving credential: it is requested with the client one
  'no-address',
  'no-bootstrap-kubeconfig', // a human has to bring one
  'credential-refused', // 401 on a pair that is in date, or on the token
  'api-error', // not reachable, busy, not trusted: see the sentence
  'disk-error',
  'other',
] as const
export type WaitingReason = (typeof WAITING_REASONS)[number]

/** What happened, for counters and histograms; each is sent once. */
export type AgentEvent =
  /** A try to come by a certificate begins: the key is there, the request not yet sent. */
  | { readonly kind: 'attempt'; readonly purpose: Purpose; readonly because: string }
  /** A try, or a step of it that is tried again, failed. */
  | { readonly kind: 'attempt-failed'; readonly purpose: Purpose; readonly code: FailureCode }
  /** A step of a try is over. */
  | { readonly kind: 'phase'; readonly purpose: Purpose; readonly phase: Phase; readonly seconds: number }
  /** A new credential is in use and proven. */
  | {
      readonly kind: 'rotated'
      readonly purpose: Purpose
      /** Age of the certificate that it replaces, from its NotBefore, s; absent for the first one. */
      readonly replacedAgeSeconds?: number
      /** The link that names the pair, and the pair. */
      readonly currentPath: string
      readonly pairPath: string
      readonly certificate: CertificateReport
    }

/** request: sent and accepted; approval: until approved; signing: until the certificate is there; commit: on disk; proof: accepted. */
export const PHASES = ['request', 'approval', 'signing', 'commit', 'proof'] as const
export type Phase = (typeof PHASES)[number]

/** What an observer of the agent gets. Its failures are its own: the agent goes on. */
export interface AgentObserver {
  /** Called with the whole report after each change of it. */
  changed?(report: AgentReport): void
  happened?(event: AgentEvent): void
  /** Called at each turn of the agent's loop, at least once a minute however long it waits: what `/healthz` and the watchdog go by. */
  alive?(): void
}
