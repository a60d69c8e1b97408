import { parseCertificateRequest } from '../../csr/certificate-request.ts'
import type { SigningRequest } from '../../csr/signing-request.ts'
import { readVerdict } from '../../csr/verdict.ts'
import type { NodeIdentity } from '../../identity/node-identity.ts'
import type { NodeReadiness } from '../../kube/node-readiness.ts'
import { fail, type Finding, ok, warn } from '../finding.ts'

/** What the cluster has under the node's name already. */
export interface NameFacts {
  readonly node: NodeReadiness
  /** Requests for the name that are not ours, and still open. */
  readonly others: readonly SigningRequest[]
  /** The request that the pending key on this machine makes, if the cluster has it. */
  readonly own: SigningRequest | undefined
  /** Whether this machine has a usable credential of that name, so that the Node is likely its own. */
  readonly joined: boolean
  /** Whether a Node that is Ready may be replaced. */
  readonly replace: boolean
}

/** Open requests for a name, without the one of a given name. */
export async function openRequestsFor(
  { commonName }: NodeIdentity,
  sample: readonly SigningRequest[],
  own: string | undefined,
): Promise<SigningRequest[]> {
  const open = sample.filter((request) => readVerdict(request).kind === 'pending' && request.name !== own)
  const names = await Promise.all(
    open.map(({ request }) =>
      parseCertificateRequest(request).then(
        (parsed) => parsed.commonName,
        () => undefined, // not for us to judge
      ),
    ),
  )
  return open.filter((_, index) => names[index] === commonName)
}

/** Whether the name is free. Pure. Source for the Node: cmd/kubeadm/app/cmd/phases/join/kubelet.go. */
export function nameFinding({ node, others, own, joined, replace }: NameFacts, { nodeName }: NodeIdentity): Finding {
  const name = 'name'
  const verdict = own && readVerdict(own)
  if (own && (verdict?.kind === 'denied' || verdict?.kind === 'failed')) {
    const code = verdict.kind === 'denied' ? 'CSR_DENIED' : 'CSR_FAILED'
    return fail(name, code, `our request "${own.name}" was ${verdict.kind}: ${verdict.message || verdict.reason}`)
  }
  if (node === 'ready' && !joined) {
    const seen = `a Node "${nodeName}" is there and Ready`
    return replace ? warn(name, seen, 'nothing: it is replaced, as --replace says') : fail(name, 'NODE_EXISTS', seen)
  }
  const [other] = others
  if (other && !joined) {
    return warn(
      name,
      `"${other.name}" asks for the name "${nodeName}" with another key (made by ${other.username})`,
      `look which machine made it; if it is left over: kubectl delete csr ${other.name}`,
    )
  }
  if (node === 'forbidden') {
    return warn(
      name,
      `whether a Node "${nodeName}" is there may not be asked`,
      'an administrator can grant it: `certlet rbac | kubectl apply -f -`',
    )
  }
  const request = own ? `; our request "${own.name}" is ${verdict?.kind ?? 'there'}` : ''
  if (node === 'absent') return ok(name, `there is no Node "${nodeName}" yet${request}`)
  return ok(
    name,
    node === 'ready'
      ? `"${nodeName}" is this node, and Ready${request}`
      : `there is a Node "${nodeName}" that is not Ready, to be taken over${request}`,
  )
}
