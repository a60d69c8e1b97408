/** What the parts of a run share. */
import type { Clock } from '../../clock.ts'
import type { LabelledRequests } from '../../kube/labelled-requests.ts'
import type { Identity } from '../identity.ts'
import type { PlaceholderValues } from '../placeholders.ts'
import type { Policy, Server } from '../policy.ts'
import type { RequestMaker } from '../request-body.ts'
import type { CaseResult } from '../results.ts'
import type { Follower, Patience } from './follower.ts'
import type { NoSender, Sender } from './senders.ts'
import type { ProbeTarget } from './target.ts'

export interface RunOptions {
  readonly target: ProbeTarget
  readonly policy: Policy
  readonly server: Server
  readonly values: PlaceholderValues
  readonly maker: RequestMaker
  readonly patience: Patience
  /** Most requests that are sent at once; those that are waited for do not count. */
  readonly parallel: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told of each case when it is done. */
  readonly onResult?: (result: CaseResult) => void
}

/** One run, when it is under way. */
export interface OneRun extends RunOptions {
  /** Names of all requests that are made. */
  readonly made: string[]
  readonly follower: Follower
  readonly requests: LabelledRequests
  readonly label: readonly [string, string]
  readonly nextName: () => string
  readonly senderFor: (identity: Identity) => Promise<Sender | NoSender>
}
