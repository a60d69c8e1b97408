/** The admission plugins for certificates: what a validated request may still not do. Source: plugin/pkg/admission/certificates. */
import { isDeepStrictEqual } from 'node:util'
import { attributesOf } from '../authorization/authorizer.ts'
import { forbidden } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import type { AdmissionRequest } from './admission.ts'
import { administratorComplaint, type AskedSpec } from './requested-subject.ts'

/** CertificateSubjectRestriction, CertificateApproval and CertificateSigning. @throws StatusError 403 */
export function admitCertificate(request: AdmissionRequest): void {
  const { subresource, verb } = request.info
  if (subresource === '' && verb === 'create') restrictSubject(request)
  else if (subresource === 'approval') requireSignerRight(request, 'approve')
  else if (subresource === 'status' && changesStatus(request)) requireSignerRight(request, 'sign')
}

function specOf(object: KubeObject | undefined): AskedSpec {
  return (object?.['spec'] ?? {}) as AskedSpec
}

function restrictSubject({ object, resource, info }: AdmissionRequest): void {
  const why = administratorComplaint(specOf(object))
  if (why === undefined) return
  throw forbidden({ group: resource.group, name: resource.plural }, object.metadata.name ?? info.name, why)
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
  const signed = (one: KubeObject | undefined): unknown => {
    const { certificate = '', conditions = [] } = (one?.['status'] ?? {}) as {
      certificate?: string
      conditions?: object[]
    }
    return { certificate, conditions }
  }
  return !isDeepStrictEqual(signed(object), signed(old))
}
