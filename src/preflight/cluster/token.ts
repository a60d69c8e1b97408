import { type BootstrapToken, parseBootstrapToken } from '../../discovery/bootstrap-token.ts'
import type { ClusterInfo } from '../../discovery/cluster-info.ts'
import { isSignedWith } from '../../discovery/detached-jws.ts'
import { CertletError } from '../../errors.ts'
import type { Reviews, UserInfo } from '../../kube/reviews.ts'
import type { UserCredential } from '../../kubeconfig/user-credential.ts'
import { approvalRight } from '../../agent/waiting.ts'
import { fail, failedBy, type Finding, ok } from '../finding.ts'

/** Who the server takes the caller for. */
export type Caller = (UserInfo & { readonly by: 'SelfSubjectReview' | 'SelfSubjectAccessReview' }) | CertletError

/**
 * Asks who the server takes us for. Servers before 1.28 do not say it: there a SelfSubjectAccessReview, which only a known user may make,
 * shows that the credential is accepted, and a bootstrap token's user name follows from its id.
 * @throws the signal's reason
 */
export async function askCaller(
  reviews: Reviews,
  credential: Pick<UserCredential, 'token'>,
  signal: AbortSignal,
): Promise<Caller> {
  try {
    const user = await reviews.whoAmI(signal)
    if (user) return { ...user, by: 'SelfSubjectReview' }
    await reviews.may(approvalRight().right, signal)
    const token = parseBootstrapToken(credential.token ?? '')
    return { username: token ? `system:bootstrap:${token.id}` : '', groups: [], by: 'SelfSubjectAccessReview' }
  } catch (error) {
    if (error instanceof CertletError) return error
    throw error
  }
}

/**
 * Whether the credential is accepted, and as whom. Pure.
 * @param why - what is wrong with a token that is refused, as far as it can be told.
 */
export function tokenFinding(caller: Caller, why: string | undefined): Finding {
  const name = 'token'
  if (caller instanceof CertletError) {
    if (caller.code !== 'UNAUTHORIZED') return failedBy(name, caller)
    if (why === undefined) return fail(name, 'UNAUTHORIZED', 'the API server does not accept it (401)')
    return fail(name, 'UNAUTHORIZED', `the API server does not accept it (401): ${why}`, NEW_TOKEN)
  }
  const { username, groups, by } = caller
  const who = username === '' ? 'a user whose name the server does not tell' : `"${username}"`
  return ok(name, `accepted as ${who}${groups.length > 0 ? `, in ${groups.join(', ')}` : ''} (${by})`)
}

const NEW_TOKEN =
  'make a new one (`certlet token create`, `kubeadm token create`); `certlet token list` shows what is wrong'

/**
 * What is wrong with a refused token, by cluster-info, which is signed with each token that may sign: the API server itself answers
 * nothing but 401. Pure. Source: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go; pkg/controller/bootstrap/bootstrapsigner.go.
 */
export function whyRefused(token: BootstrapToken, { signatures, kubeconfig }: ClusterInfo): string | undefined {
  const jws = signatures.get(token.id)
  if (jws === undefined) {
    return signatures.size === 0
      ? undefined // nothing is signed here at all, so that this says nothing of the token
      : `there is no token of the id "${token.id}", or it has expired (cluster-info is not signed with it)`
  }
  return isSignedWith(token, kubeconfig, jws)
    ? 'it exists (cluster-info is signed with it), but its Secret lacks usage-bootstrap-authentication "true", or names a malformed extra group'
    : `there is a token of the id "${token.id}", but its second half is another one`
}
