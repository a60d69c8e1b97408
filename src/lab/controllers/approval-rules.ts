/** Rules of a laboratory's own approver: which requests are approved or denied, when, and with what words. */
import type { ParsedRequest } from '../pki/certificate-request.ts'
import type { CertificateSigningRequest } from './csr.ts'

/** One rule; a field that is left out matches everything. */
export interface ApprovalRule {
  readonly match: (csr: CertificateSigningRequest, request: ParsedRequest) => boolean
  readonly verdict: 'approve' | 'deny' | 'ignore'
  /** Counted from the request's creation. */
  readonly delayMs: number
  /** Reason and message of the condition. */
  readonly reason: string
  readonly message: string
}

/** The first rule that matches. */
export function matchingRule(
  rules: readonly ApprovalRule[],
  csr: CertificateSigningRequest,
  request: ParsedRequest,
): ApprovalRule | undefined {
  return rules.find(({ match }) => match(csr, request))
}
