/**
 * The approver of kubelet client requests (kube-controller-manager's csrapproving), and the other ways in which the lab approves.
 * Source: pkg/controller/certificates/approver/sarapprove.go.
 */
import { type ParsedRequest, readRequestField } from '../pki/certificate-request.ts'
import { msOf } from '../documents/fields.ts'
import { type ApprovalRule, matchingRule } from './approval-rules.ts'
import { runController, type ControllerOptions } from './controller.ts'
import type { CsrControllerApi, SubjectAccessReviewSpec } from './controller-api.ts'
import { type CertificateSigningRequest, type Condition, hasCondition, isIssued, Signer, withCondition } from './csr.ts'
import { kubeletClientFault } from './recognise.ts'

/** Who decides: the real approver's rules, a human, nobody at all, or a refusal of everything. */
export type ApprovalMode = 'auto' | 'manual' | 'none' | 'deny'

export interface ApprovalPolicy {
  readonly mode: ApprovalMode
  /** Asked first; the mode decides where no rule matches. */
  readonly rules?: readonly ApprovalRule[]
}

/** What the approver does about a request, before anybody is asked. */
export type ApprovalDecision =
  | { readonly do: 'nothing' }
  /** The request cannot be read: tried again for ever. */
  | { readonly do: 'retry' }
  /** Approve if the requester may create one of these subresources; try again if none. */
  | { readonly do: 'ask'; readonly grants: readonly Grant[] }
  | { readonly do: 'decide'; readonly condition: Condition }
  | { readonly do: 'wait'; readonly afterMs: number }

export interface Grant {
  readonly subresource: 'selfnodeclient' | 'nodeclient'
  /** Message of the Approved condition. */
  readonly message: string
}

const selfNodeClient: Grant = {
  subresource: 'selfnodeclient',
  message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
}
const nodeClient: Grant = {
  subresource: 'nodeclient',
  message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
}

const deniedByMode: Condition = {
  type: 'Denied',
  status: 'True',
  reason: 'LabDenied',
  message: 'The lab denies every request.',
}

/** Pure: the same request, policy and time, the same decision. */
export function decideApproval(csr: CertificateSigningRequest, policy: ApprovalPolicy, now: Date): ApprovalDecision {
  if (isIssued(csr) || hasCondition(csr, 'Approved') || hasCondition(csr, 'Denied')) {
    return { do: 'nothing' }
  }
  const parsed = readRequestField(csr.spec.request)
  if ('error' in parsed) return { do: 'retry' }
  const rule = matchingRule(policy.rules ?? [], csr, parsed.ok)
  if (rule !== undefined) return applyRule(rule, csr, now)
  switch (policy.mode) {
    case 'auto':
      return askAbout(csr, parsed.ok)
    case 'deny':
      return { do: 'decide', condition: deniedByMode }
    case 'manual':
    case 'none':
      return { do: 'nothing' }
  }
}

function askAbout(csr: CertificateSigningRequest, request: ParsedRequest): ApprovalDecision {
  const { signerName, usages = [], username } = csr.spec
  const recognised = signerName === Signer.kubeletClient && kubeletClientFault(request, usages) === undefined
  if (!recognised) return { do: 'nothing' }
  return {
    do: 'ask',
    grants: username === request.subject.commonName ? [selfNodeClient, nodeClient] : [nodeClient],
  }
}

function applyRule(rule: ApprovalRule, csr: CertificateSigningRequest, now: Date): ApprovalDecision {
  if (rule.verdict === 'ignore') return { do: 'nothing' }
  const created = csr.metadata.creationTimestamp === undefined ? now : new Date(csr.metadata.creationTimestamp)
  const afterMs = created.getTime() + msOf(rule.delay ?? '0s') - now.getTime()
  if (afterMs > 0) return { do: 'wait', afterMs }
  const type = rule.verdict === 'approve' ? 'Approved' : 'Denied'
  const { reason = `Lab${type}`, message = `${type} by a rule of the lab.` } = rule
  return { do: 'decide', condition: { type, status: 'True', reason, message } }
}

/** Runs until the signal aborts; to change the policy, abort and start anew: every request is looked at again. */
export async function startApprover(
  api: CsrControllerApi,
  options: ControllerOptions & { readonly policy: ApprovalPolicy },
  signal: AbortSignal,
): Promise<void> {
  await runController(
    api,
    async (csr) => {
      const decision = decideApproval(csr, options.policy, options.clock.now())
      switch (decision.do) {
        case 'nothing':
          return 'done'
        case 'retry':
          return 'retry'
        case 'wait':
          return { afterMs: decision.afterMs }
        case 'decide':
          await api.updateApproval(withCondition(csr, decision.condition))
          return 'done'
        case 'ask':
          return (await approveAfterReview(api, csr, decision.grants)) ? 'done' : 'retry'
      }
    },
    options,
    signal,
  )
}

async function approveAfterReview(
  api: CsrControllerApi,
  csr: CertificateSigningRequest,
  grants: readonly Grant[],
): Promise<boolean> {
  for (const { subresource, message } of grants) {
    const { allowed } = await api.subjectAccessReview(reviewOf(csr, subresource))
    if (!allowed) continue
    const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message }
    await api.updateApproval(withCondition(csr, condition))
    return true
  }
  return false
}

function reviewOf({ spec }: CertificateSigningRequest, subresource: Grant['subresource']): SubjectAccessReviewSpec {
  return {
    user: spec.username ?? '',
    ...(spec.uid !== undefined && { uid: spec.uid }),
    ...(spec.groups && { groups: spec.groups }),
    ...(spec.extra && { extra: spec.extra }),
    resourceAttributes: {
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'certificatesigningrequests',
      subresource,
      verb: 'create',
    },
  }
}
