import type { Clock } from '../clock.ts'
import type { Purpose } from '../csr/constants.ts'
import type { Verdict } from '../csr/verdict.ts'
import type { Reviews, Right } from '../kube/reviews.ts'
import type { Why } from './why.ts'

/** What can be known, from the node, about why a request has no certificate yet. */
export interface WaitingFacts {
  readonly name: string
  readonly purpose: Purpose
  readonly verdict: 'pending' | 'approved'
  /** Whether the stock approver would approve it; undefined when that could not be asked. Only for client requests. */
  readonly wouldBeApproved?: boolean
  /** User name of the requester, when the server told it. */
  readonly username?: string
}

/**
 * Why a request waits, with the next command. Pure.
 * Source: pkg/controller/certificates/approver/sarapprove.go and signer/signer.go.
 */
export function describeWaiting({ name, purpose, verdict, wouldBeApproved, username }: WaitingFacts): Why {
  const why = (reason: Why['reason'], sentence: string): Why => ({ reason, sentence })
  if (verdict === 'approved') {
    return why(
      'signing',
      `"${name}" is approved but not signed: the signer is off, or has no CA (kube-controller-manager --cluster-signing-cert-file)`,
    )
  }
  const byHand = `kubectl certificate approve ${name}`
  if (purpose === 'serving') {
    return why(
      'approval',
      `"${name}" waits for an approver: nothing in Kubernetes approves serving requests by itself; by hand: ${byHand}`,
    )
  }
  if (wouldBeApproved === undefined) return why('approval', `"${name}" waits for an approver; by hand: ${byHand}`)
  if (wouldBeApproved) {
    return why(
      'approval',
      `"${name}" waits for kube-controller-manager, which may approve it but has not (it tries again after up to 1000 s); by hand: ${byHand}`,
    )
  }
  const { subresource, grant } = approvalRight(username)
  return why(
    'approval-not-granted',
    `"${name}" will not be approved by itself: ${username ?? 'the requester'} may not create certificatesigningrequests/${subresource}; grant it: ${grant}; or approve by hand: ${byHand}`,
  )
}

/**
 * The right that the stock approver looks for in whoever made a client request, and the command that grants it: a node asking for its
 * own name needs another one than anybody else. Source: pkg/controller/certificates/approver/sarapprove.go.
 */
export function approvalRight(username = ''): { subresource: string; right: Right; grant: string } {
  const self = username.startsWith('system:node:')
  const subresource = self ? 'selfnodeclient' : 'nodeclient'
  return {
    subresource,
    right: { verb: 'create', group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource },
    grant: `kubectl create clusterrolebinding certlet:${subresource} --clusterrole=system:certificates.k8s.io:certificatesigningrequests:${subresource} --group=${self ? 'system:nodes' : 'system:bootstrappers'}`,
  }
}

/** A request that is neither approved nor signed after this long is worth a question to the server, ms. */
const ORDINARY_MS = { pending: 2_000, approved: 10_000 } as const

/**
 * Says why a request waits, once for each change of its verdict, when it waits longer than is ordinary.
 * @returns `on`: to be told of each verdict; `stop`: ends the questions.
 */
export function waitingReporter(
  { name, purpose, username }: { name: string; purpose: Purpose; username: string },
  {
    reviews,
    clock,
    signal,
    report,
  }: { reviews: Reviews; clock: Clock; signal: AbortSignal; report: (why: Why) => void },
): { on(verdict: Verdict): void; stop(): void } {
  let asking = new AbortController()
  const say = async (verdict: 'pending' | 'approved', stopped: AbortSignal): Promise<void> => {
    const ended = AbortSignal.any([signal, stopped])
    await clock.sleep(ORDINARY_MS[verdict], ended)
    const wouldBeApproved =
      verdict === 'pending' && purpose === 'client'
        ? await reviews.may(approvalRight(username).right, ended)
        : undefined
    if (ended.aborted) return
    const facts = { name, purpose, verdict, username }
    report(describeWaiting(wouldBeApproved === undefined ? facts : { ...facts, wouldBeApproved }))
  }
  return {
    on: ({ kind }) => {
      asking.abort()
      asking = new AbortController()
      if (kind !== 'pending' && kind !== 'approved') return
      // A question that fails leaves the wait as it is: the watch beside it finds out what is wrong, and says so.
      say(kind, asking.signal).catch(() => undefined)
    },
    stop: () => {
      asking.abort()
    },
  }
}
