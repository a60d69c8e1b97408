import type { Clock } from '../../src/clock.ts'

export interface SteppedClock extends Clock {
  /** Moves time on; sleeps whose time has come end, the earliest first. */
  advance(ms: number): void
  /** Puts the clock right (or wrong): no sleep is any shorter or longer for it. */
  set(now: Date): void
}

/** A clock that stands still until the test moves it: what sleeps, sleeps. */
export function steppedClock(start = new Date('2026-01-01T00:00:00Z')): SteppedClock {
  let offset = start.getTime()
  /** Since the clock was made, ms. */
  let elapsed = 0
  const sleepers = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => new Date(offset + elapsed),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error)
          return
        }
        const abort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason as Error)
        }
        const sleeper = {
          until: elapsed + ms,
          wake: () => {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort)
      }),
    advance: (ms) => {
      elapsed += ms
      const due = [...sleepers].filter(({ until }) => until <= elapsed)
      for (const { wake } of due.sort((a, b) => a.until - b.until)) wake()
    },
    set: (now) => {
      offset = now.getTime() - elapsed
    },
  }
}
