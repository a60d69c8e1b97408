import type { Clock } from '../../src/clock.ts'

export interface SteppedClock extends Clock {
  /** Moves time on; sleeps whose time has come end, the earliest first. */
  advance(ms: number): void
}

/** A clock that stands still until the test moves it: what sleeps, sleeps. */
export function steppedClock(start = new Date('2026-01-01T00:00:00Z')): SteppedClock {
  let time = start.getTime()
  const sleepers = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => new Date(time),
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
          until: time + ms,
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
      time += ms
      const due = [...sleepers].filter(({ until }) => until <= time)
      for (const { wake } of due.sort((a, b) => a.until - b.until)) wake()
    },
  }
}
