import type { Clock } from './clock.ts'
import { CertletError } from './errors.ts'

/** How failed attempts are spaced: time and chance, and who is told of each failure. */
export interface RetryPolicy {
  readonly clock: Clock
  /** Number in [0, 1). */
  readonly random: () => number
  /** Called before each pause. */
  readonly onProblem: (problem: CertletError, delayMs: number) => void
}

/** Upper bound of the first pause, and the longest one, ms. */
const FIRST_MS = 2_000
const LONGEST_MS = 300_000

/**
 * How long to wait after a failure: full jitter between nothing and a bound that doubles from 2 s to 5 min, so that nodes which
 * failed together do not come back together; never less than the server asked for.
 * @param failures - failures in a row, from 1.
 * @param draw - number in [0, 1).
 * @param longestMs - where the bound ends, if not at 5 min.
 */
export function backoffMs(failures: number, draw: number, retryAfterMs = 0, longestMs = LONGEST_MS): number {
  const bound = Math.min(longestMs, FIRST_MS * 2 ** Math.min(failures - 1, 20))
  return Math.round(retryAfterMs + draw * bound)
}

/**
 * Tries until it succeeds or fails for good.
 * @throws whatever `attempt` throws, unless it is a CertletError that may pass (`retry`); the signal's reason.
 */
export async function retrying<T>(attempt: () => Promise<T>, policy: RetryPolicy, signal: AbortSignal): Promise<T> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      await pauseAfter(error, failures, policy, signal)
    }
  }
}

/** Waits after the `failures`th failure in a row. @throws the error itself if it cannot pass; the signal's reason. */
export async function pauseAfter(
  error: unknown,
  failures: number,
  { clock, random, onProblem }: RetryPolicy,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  if (!(error instanceof CertletError) || !error.retry) throw error
  const delayMs = backoffMs(failures, random(), error.retryAfterMs)
  onProblem(error, delayMs)
  await clock.sleep(delayMs, signal)
}
