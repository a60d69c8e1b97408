import type { LabelledRequests } from '../../kube/labelled-requests.ts'
import { CertletError } from '../../errors.ts'

/** How many are deleted at once. */
const LANES = 10

/**
 * Deletes requests that were made.
 * @returns those that could not be deleted, and why the first of them could not.
 */
export async function removeAll(
  names: readonly string[],
  requests: Pick<LabelledRequests, 'remove'>,
  signal: AbortSignal,
): Promise<{ left: readonly string[]; why: CertletError | undefined }> {
  const left: string[] = []
  let why: CertletError | undefined
  const queue = names.values()
  const lane = async (): Promise<void> => {
    for (const name of queue) {
      try {
        if (why !== undefined && (why.code === 'FORBIDDEN' || signal.aborted)) throw why
        await requests.remove(name, signal)
      } catch (error) {
        left.push(name)
        why ??=
          error instanceof CertletError ? error : new CertletError('INTERRUPTED', 'There was no time to delete it')
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { left: left.sort(byNumber), why }
}

/** `probe-RUN-2` is before `probe-RUN-10`. */
const byNumber = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true })
