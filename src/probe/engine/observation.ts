/** What became of one request. */
import type { SigningRequest } from '../../csr/signing-request.ts'
import type { VerdictName } from '../expectation.ts'

export interface Observation {
  readonly verdict: VerdictName
  /** From sending the request to the last change of it that counted, ms. */
  readonly ms: number
  /** Of a rejection: the HTTP status. */
  readonly status?: number
  /** Of the condition or rejection. */
  readonly reason?: string
  readonly message?: string
  /** PEM, as issued. */
  readonly certificate?: string
}

/** A request as it stands. @param request - undefined when it was deleted. */
export function readState(request: SigningRequest | undefined): Omit<Observation, 'ms'> {
  if (request === undefined) return { verdict: 'gone' }
  const condition = (type: string) => request.conditions.find((one) => one.type === type)
  const words = (type: string): { reason?: string; message?: string } => {
    const { reason, message } = condition(type) ?? {}
    return { ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }
  }
  if (condition('Denied')) return { verdict: 'denied', ...words('Denied') }
  if (condition('Failed')) return { verdict: 'failed', ...words('Failed') }
  if (!condition('Approved')) return { verdict: 'pending' }
  const { certificate } = request
  if (certificate === undefined) return { verdict: 'approved', ...words('Approved') }
  return { verdict: 'issued', certificate, ...words('Approved') }
}

const FINAL: ReadonlySet<VerdictName> = new Set(['issued', 'denied', 'failed', 'gone', 'rejected'])

/** Whether nothing more will come that matters. */
export const isFinal = ({ verdict }: Pick<Observation, 'verdict'>): boolean => FINAL.has(verdict)

/** Whether a request that stands like this may well be left so, by what is expected of it: then a short wait tells. */
export function mayRest(verdict: VerdictName, expected: readonly VerdictName[]): boolean {
  if (verdict === 'pending') return expected.includes('pending')
  return expected.includes('approved') || !(expected.includes('issued') || expected.includes('failed'))
}
