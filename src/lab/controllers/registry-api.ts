/** The controllers' view of the lab's own registry, in process, with the rights that their real account has. */
import type { Clock } from '../../clock.ts'
import type { User } from '../authentication/user.ts'
import type { Authorize } from '../authorization/authorizer.ts'
import type { Registry } from '../registry/registry.ts'
import { certificateSigningRequests } from '../resources/certificate-signing-requests.ts'
import type { Resource } from '../resources/resource.ts'
import { StatusError } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import type { CsrControllerApi } from './controller-api.ts'
import type { CertificateSigningRequest } from './csr.ts'

/** Source: cmd/kube-controller-manager, --use-service-account-credentials. */
const CONTROLLER: User = {
  name: 'system:serviceaccount:kube-system:certificate-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
}

/** The same resource, taking any status. */
const unvalidated: Resource = {
  ...certificateSigningRequests,
  subresources: {
    status: { ...certificateSigningRequests.subresources?.['status'], validateUpdate: () => [] },
  },
}

export function registryApi(registry: Registry, authorize: Authorize, clock: Clock): CsrControllerApi {
  const resource = certificateSigningRequests
  const csr = (object: KubeObject): CertificateSigningRequest => object as unknown as CertificateSigningRequest
  const update = (
    given: CertificateSigningRequest,
    subresource: string,
    by: Resource = resource,
  ): CertificateSigningRequest => {
    const at = { namespace: '', name: given.metadata.name, subresource }
    return csr(registry.update(by, at, given as unknown as KubeObject, { user: CONTROLLER, now: clock.now() }))
  }
  return {
    changes: async function* (signal) {
      for await (const { type, object } of registry.watch(resource, '', () => true, undefined, signal)) {
        if (type !== 'DELETED') yield csr(object)
      }
      signal.throwIfAborted()
    },
    get: (name) => {
      try {
        return Promise.resolve(csr(registry.get(resource, '', name)))
      } catch (error) {
        if (error instanceof StatusError && error.status === 404) return Promise.resolve(undefined)
        throw error
      }
    },
    updateApproval: async (given) => Promise.resolve(update(given, 'approval')),
    updateStatus: async (given) => Promise.resolve(update(given, 'status')),
    forceStatus: async (given) => Promise.resolve(update(given, 'status', unvalidated)),
    delete: async (name, uid) => {
      await Promise.resolve(registry.delete(resource, '', name, uid))
    },
    subjectAccessReview: ({ user, groups = [], resourceAttributes }) => {
      const right = { ...resourceAttributes, namespace: '', name: '', path: '', isResource: true }
      return Promise.resolve(authorize({ ...right, user: { name: user, groups } }))
    },
  }
}
