import { CertletError } from '../errors.ts'
import type { ApiServer } from '../kubeconfig/api-server.ts'
import { nextBundle, publishedBundle } from '../kubeconfig/ca-bundle.ts'
import type { Connection } from '../kube/connection.ts'
import { type CaPublication, nameOf, publishedCa } from '../kube/published-ca.ts'
import { answerSoon } from './client-confirm.ts'
import { proveInMemory } from './client-steps.ts'
import type { Usable } from './judge.ts'
import type { Task } from './task.ts'

/** What became of a refresh: another bundle for the kubeconfig, or in words why there is none though there should be. */
export type Refreshed =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly server: ApiServer }
  | { readonly kind: 'failed'; readonly why: string }

/**
 * Compares the CA in the kubeconfig with the one that the cluster publishes. Whatever is wrong there, the kubeconfig's own stays: another
 * bundle counts only after the API server has been reached and has accepted the credential by it.
 * @param parts.connection - by the kubeconfig as it stands: what is published is believed only to a server that is trusted already.
 * @throws what is no CertletError; the signal's reason.
 */
export async function refreshCa(
  task: Task,
  {
    publication,
    server,
    credential,
    connection,
  }: { publication: CaPublication; server: ApiServer; credential: Usable; connection: Connection },
): Promise<Refreshed> {
  const obstacle = obstacleOf(server)
  if (obstacle !== undefined) return { kind: 'failed', why: obstacle }
  const taken = await answerSoon(task, async (soon): Promise<Refreshed> => {
    const pem = await publishedCa(connection, publication, soon.wait.signal)
    const published = publishedBundle(pem, nameOf(publication), task.context.clock.now())
    const step = nextBundle(server.caPem ?? '', published)
    if (step.do === 'keep') return { kind: 'same' }
    const next = { ...server, caPem: step.caPem }
    const proof = await proveInMemory(soon, next, credential.pair)
    if (proof.kind === 'proven') return { kind: 'changed', server: next }
    return { kind: 'failed', why: `the CA that the cluster publishes was not taken: ${proof.why}` }
  })
  return taken instanceof CertletError ? { kind: 'failed', why: `${taken.message}; ${taken.hint}` } : taken
}

/** Why there is nothing to refresh. */
function obstacleOf({ caFile, caPem, skipTlsVerify }: ApiServer): string | undefined {
  if (skipTlsVerify)
    return 'the CA is not refreshed: the kubeconfig has insecure-skip-tls-verify, so nobody there can be believed'
  if (caFile !== undefined)
    return `the CA is not refreshed: the kubeconfig names the file ${JSON.stringify(caFile)}, which somebody else keeps`
  if (caPem === undefined)
    return 'the CA is not refreshed: the kubeconfig has none, and trusts the roots of this system'
  return undefined
}
