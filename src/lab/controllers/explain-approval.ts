/** What would be decided about a request, by whom, and why not: in words, for people who write approvers. */
import type { ParsedRequest } from '../pki/certificate-request.ts'
import { type ApprovalRule, mismatch } from './approval-rules.ts'
import type { ApprovalPolicy } from './approver.ts'
import { type CertificateSigningRequest, Signer } from './csr.ts'
import { kubeletClientFault, kubeletServingFault, signerRules } from './recognise.ts'

/** One who was asked about a request. */
export interface Opinion {
  /** Such as `rule 2 of the lab`. */
  readonly who: string
  readonly says: 'approve' | 'deny' | 'nothing' | 'sign' | 'fail'
  readonly why: string
}

/** Whether who made the request may create a subresource of requests, and by which binding. */
export type MayCreate = (subresource: 'nodeclient' | 'selfnodeclient') => {
  readonly allowed: boolean
  readonly reason?: string
}

/**
 * Opinions in the order in which they are asked for: the lab's rules up to the one that decides, its mode, the stock approver also where it
 * is not at work, and the signer.
 */
export function explainApproval(
  csr: CertificateSigningRequest,
  request: ParsedRequest,
  { policy, mayCreate }: { policy: ApprovalPolicy; mayCreate: MayCreate },
): Opinion[] {
  const asked = [...askedRules(policy.rules ?? [], csr, request)]
  const decided = asked.at(-1)?.decides === true
  return [
    ...asked.map(({ opinion }) => opinion),
    ...(decided || policy.mode === 'auto' ? [] : [opinionOfMode(policy.mode)]),
    opinionOfApprover(csr, request, { mayCreate, atWork: !decided && policy.mode === 'auto' }),
    opinionOfSigner(csr, request),
  ]
}

/** Up to the first rule that matches. */
function* askedRules(
  rules: readonly ApprovalRule[],
  csr: CertificateSigningRequest,
  request: ParsedRequest,
): Generator<{ decides: boolean; opinion: Opinion }> {
  for (const [index, rule] of rules.entries()) {
    const who = `rule ${index + 1} of the lab`
    const field = mismatch(rule, csr, request)
    if (field !== undefined) {
      const why = `would ${rule.verdict}, but ${field} does not match ${JSON.stringify(rule[field])}`
      yield { decides: false, opinion: { who, says: 'nothing', why } }
      continue
    }
    const says = rule.verdict === 'ignore' ? 'nothing' : rule.verdict
    const words = rule.verdict === 'ignore' ? ', and leaves the request to others' : ''
    const late = rule.delay === undefined ? '' : `, ${rule.delay} after its creation`
    yield { decides: true, opinion: { who, says, why: `matches${words}${late}` } }
    return
  }
}

function opinionOfMode(mode: Exclude<ApprovalPolicy['mode'], 'auto'>): Opinion {
  const who = `the lab's mode, ${mode}`
  return mode === 'deny'
    ? { who, says: 'deny', why: 'every request that no rule matches' }
    : { who, says: 'nothing', why: 'somebody has to decide: this page, kubectl or a controller' }
}

/** As csrapproving of kube-controller-manager decides. */
function opinionOfApprover(
  { spec }: CertificateSigningRequest,
  request: ParsedRequest,
  { mayCreate, atWork }: { mayCreate: MayCreate; atWork: boolean },
): Opinion {
  const who = atWork ? 'the stock approver' : 'the stock approver, which is not asked here'
  const says = 'nothing'
  const usages = spec.usages ?? []
  if (spec.signerName === Signer.kubeletServing) {
    const fault = kubeletServingFault(request, usages)
    const form = fault === undefined ? 'well-formed' : `not well-formed (${fault})`
    return { who, says, why: `it approves no serving requests; this one is ${form}` }
  }
  if (spec.signerName !== Signer.kubeletClient) {
    return { who, says, why: `it looks at ${Signer.kubeletClient} alone` }
  }
  const fault = kubeletClientFault(request, usages)
  if (fault !== undefined) return { who, says, why: `it does not take this for a kubelet’s request: ${fault}` }
  const own = spec.username === request.subject.commonName
  const wanted = own ? (['selfnodeclient', 'nodeclient'] as const) : (['nodeclient'] as const)
  for (const subresource of wanted) {
    const { allowed, reason } = mayCreate(subresource)
    if (allowed)
      return { who, says: 'approve', why: `the requestor may create ${subresource}${reason ? `: ${reason}` : ''}` }
  }
  const rights = wanted.map((name) => `certificatesigningrequests/${name}`).join(' or ')
  return { who, says, why: `the requestor may not create ${rights}: a binding is missing` }
}

/** Once it is approved. */
function opinionOfSigner({ spec }: CertificateSigningRequest, request: ParsedRequest): Opinion {
  const who = 'the signer, once it is approved'
  const rule = signerRules[spec.signerName]
  if (!rule) return { who, says: 'nothing', why: 'nobody here signs for this signer’s name' }
  const fault = rule(request, spec.usages ?? [])
  return fault === undefined
    ? { who, says: 'sign', why: 'the request is as it should be' }
    : { who, says: 'fail', why: fault }
}
