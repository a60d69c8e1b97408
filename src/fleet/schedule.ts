import TinyQueue from 'tinyqueue'

/** Something that is to begin at a moment. */
export interface Due<T> {
  /** ms from the start of the run. */
  readonly atMs: number
  readonly what: T
}

/** What `runSchedule` needs of the world. */
export interface ScheduleWorld {
  /** ms from the start of the run. */
  readonly now: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

/** One for all: without a reason an abort makes an error with a stack each time. */
const WOKEN = new Error('something else came first')

/** Takes up what is due, at most so much at once. */
export interface Schedule<T> {
  add(due: Due<T>): void
  /** Resolves when nothing is due any more and all is done. @throws the signal's reason; what is under way has ended by then */
  run(begin: (due: Due<T>) => Promise<void>): Promise<void>
}

/**
 * A schedule. One timer serves all; what cannot begin in time, because too much is under way, begins as soon as it can, and its `atMs`
 * stays what it was.
 */
export function createSchedule<T>(concurrency: number, { now, sleep, signal }: ScheduleWorld): Schedule<T> {
  const queue = new TinyQueue<Due<T>>([], (one, other) => one.atMs - other.atMs)
  const underWay = new Set<Promise<void>>()
  let changed = Promise.withResolvers<undefined>()
  const change = (): void => {
    changed.resolve(undefined)
    changed = Promise.withResolvers()
  }
  /** Until something has changed, or the time has come. */
  const rest = async (ms: number): Promise<void> => {
    const woken = new AbortController()
    const wait = changed.promise
    if (ms === Infinity) {
      await Promise.race([wait, aborted(signal, woken.signal)]).finally(() => {
        woken.abort(WOKEN)
      })
      return
    }
    const timer = sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined)
    await Promise.race([wait, timer])
    woken.abort(WOKEN)
  }
  return {
    add: (due) => {
      queue.push(due)
      change()
    },
    run: async (begin) => {
      while (!signal.aborted) {
        const due = queue.peek()
        if (underWay.size >= concurrency || (due === undefined && underWay.size > 0)) {
          await rest(Infinity)
          continue
        }
        if (due === undefined) return
        const left = due.atMs - now()
        if (left > 0) {
          await rest(left)
          continue
        }
        queue.pop()
        const done = begin(due).finally(() => {
          underWay.delete(done)
          change()
        })
        underWay.add(done)
      }
      await Promise.allSettled(underWay)
      throw signal.reason
    },
  }
}

/** Resolves when `signal` aborts; of no use any more once `over` has. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true, signal: over },
    )
    if (signal.aborted) resolve()
  })
}
