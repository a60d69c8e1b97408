import { setTimeout as sleepMs } from 'node:timers/promises'

/** Time as a parameter, so that tests and simulations move it. */
export interface Clock {
  now(): Date
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    try {
      await sleepMs(ms, undefined, signal ? { signal } : undefined)
    } catch (error) {
      signal?.throwIfAborted() // the reason given to abort(), not Node's own AbortError
      throw error
    }
  },
}
