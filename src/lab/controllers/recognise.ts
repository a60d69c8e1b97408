/**
 * Which requests are a kubelet's, and which a signer refuses. Both answer with the exact message of the first broken rule.
 * Source: pkg/apis/certificates/helpers.go (ValidateKubeletClientCSR, ValidateKubeletServingCSR),
 * pkg/controller/certificates/signer/signer.go (validAPIServerClientUsages).
 */
import type { ParsedRequest } from '../pki/certificate-request.ts'
import { Signer } from './csr.ts'

const NODES_GROUP = 'system:nodes'
const NODE_PREFIX = 'system:node:'

const messages = {
  organization: 'subject organization is not system:nodes',
  commonName: 'subject common name does not begin with system:node:',
  noAddress: 'DNS or IP subjectAltName is required',
  dns: 'DNS subjectAltNames are not allowed',
  email: 'Email subjectAltNames are not allowed',
  ip: 'IP subjectAltNames are not allowed',
  uri: 'URI subjectAltNames are not allowed',
} as const

/** What is wrong with a kubelet's client request; undefined when nothing is. */
export function kubeletClientFault(request: ParsedRequest, usages: readonly string[]): string | undefined {
  if (!isNodeOrganization(request)) return messages.organization
  if (request.dnsNames.length > 0) return messages.dns
  if (request.emailAddresses.length > 0) return messages.email
  if (request.ipAddresses.length > 0) return messages.ip
  if (request.uris.length > 0) return messages.uri
  if (!request.subject.commonName.startsWith(NODE_PREFIX)) return messages.commonName
  return usagesFault(usages, 'client auth')
}

/** What is wrong with a kubelet's serving request; undefined when nothing is. */
export function kubeletServingFault(request: ParsedRequest, usages: readonly string[]): string | undefined {
  if (!isNodeOrganization(request)) return messages.organization
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0) return messages.noAddress
  if (request.emailAddresses.length > 0) return messages.email
  if (request.uris.length > 0) return messages.uri
  const fault = usagesFault(usages, 'server auth')
  if (fault !== undefined) return fault
  return request.subject.commonName.startsWith(NODE_PREFIX) ? undefined : messages.commonName
}

/** What is wrong with an ordinary client's request; undefined when nothing is. Only the usages matter. */
export function clientFault(_request: ParsedRequest, usages: readonly string[]): string | undefined {
  const optional = ['digital signature', 'key encipherment']
  const other = usages.find((usage) => usage !== 'client auth' && !optional.includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

/** The rules of the signers that kube-controller-manager has; it has none for other names. */
export const signerRules: Readonly<Record<string, typeof clientFault>> = {
  [Signer.kubeletClient]: kubeletClientFault,
  [Signer.kubeletServing]: kubeletServingFault,
  [Signer.client]: clientFault,
}

const isNodeOrganization = ({ subject: { organization } }: ParsedRequest): boolean =>
  organization.length === 1 && organization[0] === NODES_GROUP

/** Order and repetition do not matter; key encipherment may be there (RSA keys need it, kubelets before 1.27 always sent it). */
function usagesFault(usages: readonly string[], purpose: 'client auth' | 'server auth'): string | undefined {
  const set = new Set(usages)
  set.delete('key encipherment')
  const matches = set.size === 2 && set.has('digital signature') && set.has(purpose)
  const required = ['digital signature', 'key encipherment', purpose].sort()
  return matches ? undefined : `usages did not match [${required.join(' ')}]`
}
