/** Policies of clusters as they are made: kube-controller-manager's approver, and none at all. */
import { decideApproval } from '../../lab/controllers/approver.ts'
import { kubeletClientFault } from '../../lab/controllers/recognise.ts'
import { Signer } from '../../lab/controllers/csr.ts'
import type { Asked } from './asked.ts'
import { type Decision, policyOf } from './policy-of.ts'

/** Source: pkg/controller/certificates/approver/sarapprove.go. */
export function decideAsStock({ csr, request, requestor }: Asked): Decision {
  const decision = decideApproval(csr, { mode: 'auto' }, new Date(0))
  if (decision.do !== 'ask') return { do: 'leave', because: unrecognised(csr.spec, request) }
  const grant = decision.grants.find(({ subresource }) => requestor.mayCreate[subresource])
  if (grant) {
    const because = `the stock approver: ${requestor.username} may create ${grant.subresource}`
    return { do: 'approve', because, reason: 'AutoApproved', message: grant.message }
  }
  const lacking = decision.grants.map(({ subresource }) => subresource).join(' or ')
  return { do: 'leave', because: `the stock approver: ${requestor.username} may not create ${lacking}` }
}

function unrecognised({ signerName, usages = [] }: Asked['csr']['spec'], request: Asked['request']): string {
  if (signerName !== Signer.kubeletClient) return `the stock approver does not look at ${signerName}`
  return `the stock approver: ${kubeletClientFault(request, usages) ?? 'no kubelet’s request'}`
}

export const stock = policyOf(
  'stock',
  'kube-controller-manager’s own approver: client certificates of kubelets whose user may create nodeclient or selfnodeclient',
  decideAsStock,
)

export const decideNothing = (): Decision => ({ do: 'leave', because: 'nobody decides' })

export const none = policyOf(
  'none',
  'nobody approves or denies: what the API server does not refuse stays pending',
  decideNothing,
)
