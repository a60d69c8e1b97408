import type { Clock } from '../../src/clock.ts'

/** A clock that stands still until `sleep` moves it: every sleep ends at once, and is written down. */
export function manualClock(start = new Date('2026-01-01T00:00:00Z')): Clock & { readonly slept: number[] } {
  let time = start.getTime()
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(time),
    sleep: (ms, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason as Error)
      slept.push(ms)
      time += ms
      return Promise.resolve()
    },
  }
}
