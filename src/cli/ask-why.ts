import type { KubeConfig } from '@kubernetes/client-node'
import { approvalRight, describeWaiting } from '../agent/waiting.ts'
import type { Purpose } from '../csr/constants.ts'
import { readVerdict } from '../csr/verdict.ts'
import { CertletError, unreachable } from '../errors.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { reviews } from '../kube/reviews.ts'
import { signingRequests } from '../kube/signing-requests.ts'
import { type BootstrapSource, readBootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { loadKubeconfig } from '../kubeconfig/load-kubeconfig.ts'
import type { CredentialStatus, NodeStatus } from '../status/status.ts'
import type { World } from './world.ts'

/** How long the API server may take to say why requests wait, ms. */
const PATIENCE_MS = 10_000

/**
 * Asks the API server why the requests of a node wait, with the credential that the node has. Only reads. What cannot be asked is said in
 * the place of the reason.
 * @param source - the token, for a node that has no client credential yet.
 */
export async function askWhy(status: NodeStatus, source: BootstrapSource, world: World): Promise<NodeStatus> {
  const asked = async (credential: CredentialStatus): Promise<CredentialStatus> => {
    const { request, purpose } = credential
    if (request === undefined) return credential
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(PATIENCE_MS)])
    try {
      using connection = connectionTo(kubeConfigOf(status, source), { ...world, onProblem: () => undefined })
      return { ...credential, waits: await reasonOf(request, purpose, connection, signal) }
    } catch (error) {
      world.signal.throwIfAborted()
      if (signal.aborted) return { ...credential, waits: `not known: no answer for ${PATIENCE_MS / 1000} s` }
      if (error instanceof CertletError) return { ...credential, waits: `not known: ${error.message}` }
      throw error
    }
  }
  const [client, serving] = await Promise.all([asked(status.client), status.serving && asked(status.serving)])
  return { ...status, client, ...(serving && { serving }) }
}

function kubeConfigOf({ kubeconfig, client }: NodeStatus, source: BootstrapSource): KubeConfig {
  if (kubeconfig.worth !== 'usable' || client.worth !== 'usable') {
    return readBootstrapKubeconfig(source, false).kubeConfig
  }
  return loadKubeconfig(kubeconfig.path)
}

async function reasonOf(name: string, purpose: Purpose, connection: Connection, signal: AbortSignal): Promise<string> {
  const found = await signingRequests(connection).read(name, signal)
  if (!found) return 'the API server does not have it: it was not sent yet, or is gone; the next run sends it'
  const verdict = readVerdict(found)
  switch (verdict.kind) {
    case 'issued':
      return 'it is issued; the next run takes it up'
    case 'denied':
    case 'failed':
      return `it was ${verdict.kind === 'denied' ? 'denied' : 'refused by the signer'} (${verdict.reason}: ${verdict.message})`
    case 'approved':
      return describeWaiting({ name, purpose, verdict: 'approved' }).sentence
    case 'pending': {
      const username = (await reviews(connection).whoAmI(signal))?.username ?? ''
      const facts = { name, purpose, verdict: 'pending', username } as const
      if (purpose === 'serving') return describeWaiting(facts).sentence
      const wouldBeApproved = await reviews(connection).may(approvalRight(username).right, signal)
      return describeWaiting({ ...facts, wouldBeApproved }).sentence
    }
    default:
      return unreachable(verdict)
  }
}
