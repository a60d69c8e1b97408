/** Which subjects may not be asked for, whatever validation says. Both answer with the text that the API server shows. */
import { Signer } from '../controllers/csr.ts'
import { readRequestField } from '../pki/certificate-request.ts'

/** The spec of a request, as much of it as is looked at. */
export interface AskedSpec {
  readonly signerName?: string
  /** Base64 of a PEM text. */
  readonly request?: string
}

/** Plugin CertificateSubjectRestriction. Source: plugin/pkg/admission/certificates/subjectrestriction/admission.go. */
export function administratorComplaint(spec: AskedSpec): string | undefined {
  if (spec.signerName !== Signer.client || !subjectOf(spec)?.organization.includes('system:masters')) return undefined
  return 'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed'
}

/**
 * Plugin NodeRestriction, from 1.31 on: a node's common name must be its own. A request that does not parse is left to validation.
 * Source: plugin/pkg/admission/noderestriction/admission.go.
 */
export function otherNodeComplaint(spec: AskedSpec, node: string): string | undefined {
  if (spec.signerName !== Signer.kubeletClient && spec.signerName !== Signer.kubeletServing) return undefined
  const subject = subjectOf(spec)
  if (subject === undefined || subject.commonName === `system:node:${node}`) return undefined
  return `can only create a node CSR with CN=system:node:${node}`
}

function subjectOf({ request = '' }: AskedSpec): { commonName: string; organization: readonly string[] } | undefined {
  const parsed = readRequestField(request)
  return 'error' in parsed ? undefined : parsed.ok.subject
}
