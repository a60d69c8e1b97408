import type { RetryPolicy } from '../backoff.ts'
import type { Purpose } from '../csr/constants.ts'
import type { CertletError } from '../errors.ts'
import { openCredentialStore, type CredentialStore } from '../store/credential-store.ts'
import type { KeyBindings } from '../store/key-bindings.ts'
import type { AgentContext } from './context.ts'
import type { Wait } from './deadline.ts'
import type { AgentSettings } from './settings.ts'

/** What the work on one credential needs, whoever drives it: a bootstrap once, or the daemon again and again. */
export interface Task {
  readonly purpose: Purpose
  readonly settings: AgentSettings
  readonly store: CredentialStore
  readonly bindings: KeyBindings
  readonly retry: RetryPolicy
  readonly wait: Wait
  readonly context: AgentContext
  readonly progress?: Progress
}

/** What of a task it takes to look at a credential, without a right to change anything. */
export interface Looking {
  readonly settings: Pick<AgentSettings, 'identity' | 'kubeconfigPath'>
  readonly store: Pick<CredentialStore, 'readCurrent' | 'readPendingKey'>
  readonly bindings: Pick<KeyBindings, 'madeElsewhere'>
  readonly context: Pick<AgentContext, 'clock'>
}

/** What a daemon wants to know while a certificate is come by. */
export interface Progress {
  /** The request that is under way; it stays so until there is another. */
  requested(name: string, since: Date): void
  /** Our request was denied, or failed. The work then goes on: it waits until the object is gone. */
  refused(error: CertletError): void
  /** The server's clock minus ours by its last answer, ms. */
  clock(skewMs: number): void
}

/** The store of a purpose, as the settings have it. @throws CertletError with a DISK_ code */
export function storeOf(
  purpose: Purpose,
  { certDir }: AgentSettings,
  { uid, log }: Pick<AgentContext, 'uid' | 'log'>,
): CredentialStore {
  return openCredentialStore({ directory: certDir, purpose, uid, log })
}
