/** The admission plugins that concern certificates. Source: plugin/pkg/admission/certificates, plugin/pkg/admission/noderestriction. */
import { nodeNameOf, type User } from './authentication/user.ts'
import { attributesOf, type Authorize } from './authorization/authorizer.ts'
import { Signer } from './controllers/csr.ts'
import type { Generation } from './generation.ts'
import { parseCertificateRequest } from './pki/certificate-request.ts'
import type { RequestInfo } from './request.ts'
import type { Resource } from './resources/resource.ts'
import { forbidden } from './status.ts'
import type { KubeObject } from './storage.ts'

export interface AdmissionRequest {
  readonly resource: Resource
  readonly info: RequestInfo
  readonly object: KubeObject
  /** The stored object, of an update. */
  readonly old: KubeObject | undefined
  readonly user: User
  readonly authorize: Authorize
  readonly generation: Generation
}

interface Spec {
  signerName?: string
  request?: string
}

/** @throws StatusError 403 */
export function admit(request: AdmissionRequest): void {
  if (request.resource.plural !== 'certificatesigningrequests') return
  const { subresource, verb } = request.info
  if (verb === 'create') restrictSubject(request)
  else if (subresource === 'approval') requireSignerRight(request, 'approve')
  else if (subresource === 'status' && changesStatus(request)) requireSignerRight(request, 'sign')
}

function specOf(object: KubeObject | undefined): Spec {
  return (object?.['spec'] ?? {}) as Spec
}

function restrictSubject({ object, user, generation, resource, info }: AdmissionRequest): void {
  const { signerName = '', request = '' } = specOf(object)
  const parsed = parseCertificateRequest(Buffer.from(request, 'base64').toString('latin1'))
  if ('error' in parsed) return // validation says so, with its reason
  const { organization, commonName } = parsed.ok.subject
  const deny = (why: string): never => {
    throw forbidden({ group: resource.group, name: resource.plural }, object.metadata.name ?? info.name, why)
  }
  if (signerName === Signer.client && organization.includes('system:masters')) {
    deny('use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed')
  }
  const node = nodeNameOf(user)
  const kubeletSigner = signerName === Signer.kubeletClient || signerName === Signer.kubeletServing
  if (node === undefined || !kubeletSigner || !generation.nodeRestrictionOnCsr) return
  if (commonName !== `system:node:${node}`) {
    deny(`can only create a node CSR with CN=system:node:${node}`)
  }
}

/** The right on the signer of the stored object, by its name or by its domain. */
function requireSignerRight(
  { object, old, info, user, authorize, resource }: AdmissionRequest,
  verb: 'approve' | 'sign',
): void {
  const { signerName = '' } = specOf(old)
  const names = [signerName, `${signerName.split('/')[0] ?? ''}/*`]
  const right = {
    ...attributesOf(user, info),
    verb,
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'signers',
    subresource: '',
  }
  if (names.some((name) => authorize({ ...right, name }).allowed)) return
  const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`
  throw forbidden({ group: resource.group, name: resource.plural }, object.metadata.name ?? info.name, why)
}

function changesStatus({ object, old }: AdmissionRequest): boolean {
  return JSON.stringify(object['status'] ?? {}) !== JSON.stringify(old?.['status'] ?? {})
}
