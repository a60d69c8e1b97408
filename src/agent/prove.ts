import { retrying, type RetryPolicy } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import type { Connection } from '../kube/connection.ts'
import { reviews, type UserInfo } from '../kube/reviews.ts'
import { approvalRight } from './waiting.ts'

/** Whether the API server accepts a client credential. */
export type Proof =
  | { readonly kind: 'proven'; readonly username: string; readonly groups: readonly string[]; readonly by: string }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * Makes one authenticated call and looks at who the server says was calling: SelfSubjectReview, or on servers that do not have it a
 * SelfSubjectAccessReview, which only a known user may make. Failures that may pass are tried again.
 * @param username - who the credential should be: `system:node:<name>`.
 * @throws CertletError for a failure that says nothing about the credential; the signal's reason.
 */
export async function prove(
  connection: Connection,
  username: string,
  { retry, signal }: { retry: RetryPolicy; signal: AbortSignal },
): Promise<Proof> {
  const review = reviews(connection)
  try {
    const user = await retrying(() => review.whoAmI(signal), retry, signal)
    if (user) return compare(user, username, 'SelfSubjectReview')
    await retrying(() => review.may(approvalRight().right, signal), retry, signal)
    return { kind: 'proven', username, groups: [], by: 'SelfSubjectAccessReview' }
  } catch (error) {
    if (!(error instanceof CertletError)) throw error
    if (error.code === 'UNAUTHORIZED')
      return { kind: 'refused', why: 'the API server does not accept its certificate (401)' }
    // A cluster may take system:basic-user away; its refusal still says who was calling.
    const named = /User "([^"]+)"/.exec(error.message)?.[1]
    if (error.code === 'FORBIDDEN' && named !== undefined)
      return compare({ username: named, groups: [] }, username, 'SelfSubjectAccessReview')
    throw error
  }
}

function compare(user: UserInfo, username: string, by: string): Proof {
  return user.username === username
    ? { kind: 'proven', ...user, by }
    : { kind: 'refused', why: `the API server takes it for "${user.username}"` }
}
