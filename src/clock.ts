import { setTimeout as sleepMs } from 'node:timers/promises'

/** Time as a parameter, so that tests and simulations move it. */
export interface Clock {
  now(): Date
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Node fires timers above this at once, ms (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    try {
      await sleepMs(Math.min(ms, LONGEST_TIMER_MS), undefined, signal ? { signal } : undefined)
    } catch (error) {
      signal?.throwIfAborted() // the reason given to abort(), not Node's own AbortError
      throw error
    }
  },
}
