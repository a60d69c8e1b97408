/** A policy is an approver's decision between what the API server refuses and what the signer makes of the rest. */
import { unreachable } from '../../errors.ts'
import type { Expectation } from '../expectation.ts'
import type { Policy } from '../policy.ts'
import { rejectionOf } from './api-server.ts'
import { type Asked, askedOf, objectOf } from './asked.ts'
import { signingOf } from './signer.ts'

/** What an approver makes of a request that was stored. Reason and message are those of the condition, where they matter. */
export type Decision =
  | { readonly do: 'approve'; readonly because: string; readonly reason?: string; readonly message?: string }
  | { readonly do: 'deny'; readonly because: string; readonly reason?: string; readonly message?: string }
  /** Nothing, now or later. */
  | { readonly do: 'leave'; readonly because: string }
  /** Anything but to approve: approvers differ in whether they deny what they do not like. */
  | { readonly do: 'not approve'; readonly because: string }

export type Decide = (asked: Asked) => Decision

export function policyOf(name: string, describe: string, decide: Decide): Policy {
  return {
    name,
    describe,
    expect: (body, requestor, server) => {
      const csr = objectOf(body, requestor)
      const rejection = rejectionOf(csr, requestor, server)
      if (rejection) {
        const { status, reason, why, begins } = rejection
        return {
          verdicts: ['rejected'],
          status,
          reason,
          message: `*${begins}*`,
          because: `the API server: ${withoutOctets(why)}`,
        }
      }
      const asked = askedOf(csr, requestor, server)
      return afterDecision(decide(asked), asked)
    },
  }
}

/** The API server quotes the whole request, octet by octet. */
const withoutOctets = (text: string): string => text.replace(/Invalid value: \[\]byte\{[^}]*\}: /g, '')

function afterDecision(decision: Decision, asked: Asked): Expectation {
  const { because } = decision
  const signing = signingOf(asked)
  switch (decision.do) {
    case 'leave':
      return { verdicts: ['pending'], because }
    case 'not approve':
      // Whoever approves it all the same does no harm where the signer refuses.
      return { verdicts: ['denied', 'pending', ...(signing.kind === 'failed' ? (['failed'] as const) : [])], because }
    case 'deny': {
      const { reason, message } = decision
      return { verdicts: ['denied'], ...(reason && { reason }), ...(message && { message }), because }
    }
    case 'approve':
      switch (signing.kind) {
        case 'unknown-signer':
          return { verdicts: ['approved', 'issued'], because: `${because}; no signer of Kubernetes has this name` }
        case 'failed': {
          const { reason, message } = signing
          return { verdicts: ['failed'], reason, message, because: `${because}; the signer: ${message}` }
        }
        case 'issued':
          return { verdicts: ['issued'], certificate: signing.certificate, because }
        default:
          return unreachable(signing)
      }
    default:
      return unreachable(decision)
  }
}
