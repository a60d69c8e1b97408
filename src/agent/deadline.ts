import type { Clock } from '../clock.ts'
import { CertletError } from '../errors.ts'
import { formatDuration } from '../duration.ts'
import type { Why } from './why.ts'

/** What is known of a wait while it lasts, so that its end can say why it was in vain. */
export interface Wait {
  readonly signal: AbortSignal
  /** Notes why nothing has come yet. The latest note is the one that counts. */
  readonly note: (reason: WaitReason) => void
}

/** Why a wait lasts: a failure that may pass, or what keeps the request from being issued. */
export type WaitReason = CertletError | Why

/**
 * Runs `work` for at most `timeoutMs`.
 * @throws CertletError when the time is up: with the code of the failure noted last, CSR_PENDING if that was a sentence, API_TIMEOUT if
 * nothing was noted; whatever `work` throws.
 */
export async function withDeadline<T>(
  work: (wait: Wait) => Promise<T>,
  { timeoutMs, what, clock, signal }: { timeoutMs: number; what: string; clock: Clock; signal: AbortSignal },
): Promise<T> {
  const deadline = new AbortController()
  const finished = new AbortController()
  clock.sleep(timeoutMs, AbortSignal.any([signal, finished.signal])).then(
    () => {
      deadline.abort()
    },
    () => undefined, // finished or interrupted before
  )
  const noted: { last: WaitReason } = {
    last: new CertletError('API_TIMEOUT', `No ${what}: the API server has not answered`),
  }
  try {
    return await work({
      signal: AbortSignal.any([signal, deadline.signal]),
      note: (reason) => {
        noted.last = reason
      },
    })
  } catch (error) {
    if (!deadline.signal.aborted || error instanceof CertletError) throw error
    const after = `gave up after ${formatDuration(timeoutMs)}`
    const { last } = noted
    throw last instanceof CertletError
      ? new CertletError(last.code, `${last.message} (${after})`, { hint: last.hint })
      : new CertletError('CSR_PENDING', `No ${what} yet, ${after}: ${last.sentence}`)
  } finally {
    finished.abort()
  }
}
