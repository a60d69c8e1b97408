/**
 * A queue of names to be worked on, each at most once at a time, with client-go's back-off for those that failed.
 * Source: client-go util/workqueue, queue.go and default_rate_limiters.go; the figures are those of
 * pkg/controller/certificates/certificate_controller.go.
 */
import type { Clock } from '../../clock.ts'

/** First and longest wait of one name after failures in a row, doubled each time. */
const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 1_000_000
/** Over all names: this many retries at once, then one every tenth of a second. */
const RETRY_BURST = 100
const RETRY_INTERVAL_MS = 100

export interface WorkQueue {
  /** Puts a name at the end, unless it waits there already; one being worked on is done again afterwards. */
  add(name: string): void
  /** Puts a name at the end after a while. */
  addAfter(name: string, delayMs: number): void
  /** Puts a name at the end after its back-off, which grows with each failure in a row. */
  retry(name: string): void
  /** Ends a row of failures. */
  forget(name: string): void
}

/**
 * @param work - must not reject.
 * @param signal - ends the queue: nothing is begun any more.
 */
export function createWorkQueue(
  work: (name: string) => Promise<void>,
  { workers, clock, signal }: { workers: number; clock: Clock; signal: AbortSignal },
): WorkQueue {
  const queue: string[] = []
  const waiting = new Set<string>()
  const inWork = new Set<string>()
  const again = new Set<string>()
  const failures = new Map<string, number>()
  const overallDelayMs = createRetryBucket(clock)

  const add = (name: string): void => {
    if (inWork.has(name)) again.add(name)
    else if (!waiting.has(name)) {
      waiting.add(name)
      queue.push(name)
      begin()
    }
  }
  const begin = (): void => {
    while (inWork.size < workers && !signal.aborted) {
      const name = queue.shift()
      if (name === undefined) return
      waiting.delete(name)
      inWork.add(name)
      void work(name).then(() => {
        inWork.delete(name)
        if (again.delete(name)) add(name)
        begin()
      })
    }
  }
  const addAfter = (name: string, delayMs: number): void => {
    clock.sleep(delayMs, signal).then(
      () => {
        add(name)
      },
      () => undefined, // aborted: nothing is begun any more
    )
  }
  return {
    add,
    addAfter,
    retry: (name) => {
      const count = failures.get(name) ?? 0
      failures.set(name, count + 1)
      addAfter(name, Math.max(Math.min(FIRST_RETRY_MS * 2 ** count, LONGEST_RETRY_MS), overallDelayMs()))
    },
    forget: (name) => {
      failures.delete(name)
    },
  }
}

/** How long the next retry has to wait for its turn among all names. Source: golang.org/x/time/rate, Limiter.Reserve. */
function createRetryBucket(clock: Clock): () => number {
  let next = Number.NEGATIVE_INFINITY
  return () => {
    const now = clock.now().getTime()
    next = Math.max(next, now - RETRY_BURST * RETRY_INTERVAL_MS) + RETRY_INTERVAL_MS
    return Math.max(0, next - now)
  }
}
