import type { Condition, SigningRequest } from './signing-request.ts'

/** What has become of a request. */
export type Verdict =
  | { readonly kind: 'pending' }
  | { readonly kind: 'approved' }
  | { readonly kind: 'issued'; readonly certificate: string }
  | { readonly kind: 'denied' | 'failed'; readonly reason: string; readonly message: string }

/**
 * Reads the verdict off a request. A condition counts by its type alone, whatever its status; a certificate without approval does not
 * count. Source: client-go util/certificate/csr/csr.go, WaitForCertificate.
 */
export function readVerdict({
  conditions,
  certificate = '',
}: Pick<SigningRequest, 'conditions' | 'certificate'>): Verdict {
  const find = (type: string): Condition | undefined => conditions.find((condition) => condition.type === type)
  const denied = find('Denied')
  if (denied) return { kind: 'denied', reason: denied.reason, message: denied.message }
  const failed = find('Failed')
  if (failed) return { kind: 'failed', reason: failed.reason, message: failed.message }
  if (!find('Approved')) return { kind: 'pending' }
  return certificate === '' ? { kind: 'approved' } : { kind: 'issued', certificate }
}
