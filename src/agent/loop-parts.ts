import type { RetryPolicy } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { KeyBindings } from '../store/key-bindings.ts'
import type { AgentContext } from './context.ts'
import type { WaitReason } from './deadline.ts'
import type { Keeper } from './keeper.ts'
import type { OwnConnection } from './own-connection.ts'
import type { Reporter } from './reporter.ts'
import type { RunSettings } from './settings.ts'
import { storeOf, type Task } from './task.ts'
import { whyOf } from './why.ts'

/** What the loops of both credentials are made of. */
export interface LoopParts {
  readonly settings: RunSettings
  readonly context: AgentContext
  readonly keeper: Keeper
  readonly reporter: Reporter
  readonly bindings: KeyBindings
  readonly own: OwnConnection
  readonly retry: RetryPolicy
}

/** What the turns of one loop have in common. */
export interface Turns {
  /** The task of a turn. @param signal - of the turn. @throws CertletError with a DISK_ code */
  begin(signal: AbortSignal): Task
  /** Says what has become of the credential while it waits, to everybody who watches. */
  note(reason: WaitReason): void
}

/** A denied or failed request lies in the way until somebody deletes it, or asks for another: then its key is given up. */
export function turnsOf({ settings, context, keeper, reporter, bindings, retry }: LoopParts): Turns {
  const { purpose } = keeper
  let store: CredentialStore | undefined
  let blocked = false
  const note = (reason: WaitReason): void => {
    reporter.update(purpose, { waiting: reason instanceof CertletError ? whyOf(reason) : reason })
  }
  const progress: Task['progress'] = {
    requested: (name, since) => {
      blocked = false
      reporter.update(purpose, { request: { name, since } })
    },
    refused: (error) => {
      blocked = true
      keeper.settle({ kind: 'failed', error })
    },
    clock: (skewMs) => {
      reporter.clockSkew(skewMs)
    },
  }
  return {
    note,
    begin: (signal) => {
      store ??= storeOf(purpose, settings, context)
      if (keeper.asked && blocked) store.removePendingKey()
      blocked = false
      return { purpose, settings, store, bindings, retry, wait: { signal, note }, context, progress }
    },
  }
}
