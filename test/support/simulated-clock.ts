import type { Clock } from '../../src/clock.ts'

/** A clock in which time passes only when the test lets it: every sleep waits for its moment, in order. */
export interface SimulatedClock extends Clock {
  /** Lets time pass, from one sleeper's moment to the next, until `ms` have gone by. */
  pass(ms: number): Promise<void>
  /** Lets time pass until the condition holds. @throws Error if it does not within `ms`. */
  until(condition: () => boolean | Promise<boolean>, ms?: number): Promise<void>
  /** Sets the clock: sleepers do not notice, as timers do not. */
  jump(ms: number): void
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** @param settled - resolves when all that can happen now has happened; without it that is guessed from who sleeps. */
export function simulatedClock(start = new Date(), settled?: () => Promise<void>): SimulatedClock {
  let steady = 0
  let offset = start.getTime()
  let sleepers: Sleeper[] = []

  const next = (): Sleeper | undefined =>
    sleepers.reduce<Sleeper | undefined>((first, one) => (first && first.at <= one.at ? first : one), undefined)

  let asleep = 0

  /**
   * Lets everything that can happen now happen. As long as there are as many sleepers as before, each has only turned over; otherwise
   * somebody is at work, maybe in the thread pool, and gets a few milliseconds of real time.
   */
  const settle = async (): Promise<void> => {
    if (settled) return settled()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    for (let quiet = 0, before = sleepers.length; sleepers.length !== asleep && quiet < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      quiet = sleepers.length === before ? quiet + 1 : 0
      before = sleepers.length
    }
    asleep = sleepers.length
  }

  const step = async (limit: number): Promise<boolean> => {
    await settle()
    const sleeper = next()
    if (!sleeper || sleeper.at > limit) return false
    steady = Math.max(steady, sleeper.at)
    sleepers = sleepers.filter((one) => one !== sleeper)
    sleeper.wake()
    return true
  }

  return {
    now: () => new Date(offset + steady),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error)
          return
        }
        const end = (): void => {
          sleepers = sleepers.filter((one) => one !== sleeper)
          reject(signal?.reason as Error)
        }
        const sleeper: Sleeper = {
          at: steady + ms,
          wake: () => {
            signal?.removeEventListener('abort', end)
            resolve()
          },
        }
        signal?.addEventListener('abort', end, { once: true })
        sleepers.push(sleeper)
      }),
    pass: async (ms) => {
      const limit = steady + ms
      while (await step(limit));
      steady = limit
      await settle()
    },
    until: async (condition, ms = 60_000) => {
      const limit = steady + ms
      for (;;) {
        await settle()
        if (await condition()) return
        if (!(await step(limit))) throw new Error(`it did not come about within ${ms / 1000} s of simulated time`)
      }
    },
    jump: (ms) => {
      offset += ms
    },
  }
}
