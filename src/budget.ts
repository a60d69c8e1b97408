import type { Clock } from './clock.ts'

/** How many calls a process may make, all of its connections together. */
export interface Budget {
  /** Resolves when the next call may be made; rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<void>
}

/** client-go's limits for one client. Source: client-go rest/config.go, DefaultQPS and DefaultBurst. */
const PER_SECOND = 5
const BURST = 10

/**
 * A token bucket, kept as the moment at which it would be full again: each call moves that on by its share, and waits while it lies
 * further ahead than a burst.
 */
export function requestBudget(clock: Clock, { perSecond = PER_SECOND, burst = BURST } = {}): Budget {
  const shareMs = 1000 / perSecond
  let fullAt = 0
  let last = 0
  return {
    take: async (signal) => {
      const now = clock.now().getTime()
      if (now < last) fullAt = now // the clock was set back: nobody waits for the old time to come round again
      last = now
      fullAt = Math.max(fullAt, now) + shareMs
      const waitMs = fullAt - burst * shareMs - now
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      else signal?.throwIfAborted()
    },
  }
}
