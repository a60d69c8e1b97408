/** Knows how each request of a run stands, by one watch for all of them. */
import type { Clock } from '../../clock.ts'
import type { SigningRequest } from '../../csr/signing-request.ts'
import type { LabelledRequests } from '../../kube/labelled-requests.ts'
import type { VerdictName } from '../expectation.ts'
import { isFinal, mayRest, type Observation, readState } from './observation.ts'

/** How long is waited. */
export interface Patience {
  /** For a verdict that has to come, ms. */
  readonly timeoutMs: number
  /** Until a request that may well be left alone counts as left alone, ms. */
  readonly restMs: number
}

interface Seen {
  readonly request: SigningRequest | undefined
  readonly at: number
}

export interface Follower {
  /** What the API server answered to the creation. */
  note(request: SigningRequest): void
  /**
   * How a request ends.
   * @param sentAt - when it was sent.
   * @param expected - whether it may be left as it is, which takes less patience.
   */
  end(name: string, sentAt: Date, expected: readonly VerdictName[], patience: Patience): Promise<Observation>
  /** Waits until a request is approved, or ends otherwise, or the time is up. */
  approval(name: string, timeoutMs: number): Promise<void>
}

/** Follows until the signal aborts. @param onEnd - told when following failed for good. */
export function followRequests(
  api: Pick<LabelledRequests, 'changes'>,
  { clock, signal, onEnd }: { clock: Clock; signal: AbortSignal; onEnd: (error: unknown) => void },
): Follower {
  const seen = new Map<string, Seen>()
  const waiting = new Map<string, Set<() => void>>()

  const tell = (name: string, request: SigningRequest | undefined): void => {
    seen.set(name, { request, at: clock.now().getTime() })
    for (const wake of waiting.get(name) ?? []) wake()
  }
  void (async () => {
    try {
      for await (const { name, request } of api.changes(signal)) tell(name, request)
    } catch (error) {
      if (!signal.aborted) onEnd(error)
    }
  })()

  /** The next change of a request, or the end of the time. */
  const change = async (name: string, ms: number): Promise<void> => {
    const listeners = waiting.get(name) ?? new Set<() => void>()
    waiting.set(name, listeners)
    const over = new AbortController()
    const woken = (): void => {
      over.abort()
    }
    listeners.add(woken)
    try {
      await clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)
    } finally {
      listeners.delete(woken)
    }
    signal.throwIfAborted()
  }

  return {
    note: (request) => {
      if (!seen.has(request.name)) tell(request.name, request)
    },
    end: async (name, sentAt, expected, { timeoutMs, restMs }) => {
      for (;;) {
        const { request, at } = seen.get(name) ?? { request: undefined, at: sentAt.getTime() }
        const state = readState(request)
        const ms = at - sentAt.getTime()
        const patience = mayRest(state.verdict, expected) ? restMs : timeoutMs
        const left = at + patience - clock.now().getTime()
        if (isFinal(state) || left <= 0) return { ...state, ms }
        await change(name, left)
      }
    },
    approval: async (name, timeoutMs) => {
      for (const until = clock.now().getTime() + timeoutMs; ;) {
        const left = until - clock.now().getTime()
        if (readState(seen.get(name)?.request).verdict !== 'pending' || left <= 0) return
        await change(name, left)
      }
    },
  }
}
