/** The controllers' view of the lab's own registry, in process, with the rights that their real account has. */
import type { Clock } from '../../clock.ts'
import type { User } from '../authentication/user.ts'
import type { Authorize } from '../authorization/authorizer.ts'
import type { ListQuery } from '../registry/list.ts'
import type { Registry } from '../registry/registry.ts'
import type { Change } from '../registry/watch.ts'
import { certificateSigningRequests } from '../resources/certificate-signing-requests.ts'
import type { Resource } from '../resources/resource.ts'
import { resources } from '../resources/resources.ts'
import { everything } from '../selectors/selector.ts'
import { StatusError } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import type { TokenControllerApi } from './bootstrap-tokens.ts'
import { CLUSTER_INFO } from './cluster-info.ts'
import type { CsrControllerApi } from './controller-api.ts'
import type { CertificateSigningRequest } from './csr.ts'
import { TOKEN_NAMESPACE } from './token-secret.ts'

/** Source: cmd/kube-controller-manager, --use-service-account-credentials. */
const CONTROLLER: User = {
  name: 'system:serviceaccount:kube-system:certificate-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
}
const BOOTSTRAP_SIGNER: User = { ...CONTROLLER, name: 'system:serviceaccount:kube-system:bootstrap-signer' }

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
    const { name, uid } = given.metadata
    const change = {
      place: { namespace: '', name, subresource },
      next: () => given as unknown as KubeObject,
      uid,
      dryRun: false,
    }
    return csr(registry.update(by, change, { user: CONTROLLER, now: clock.now() }).object)
  }
  return {
    follow: (tell, signal) =>
      new Promise<never>((_, reject) => {
        signal.throwIfAborted()
        const unfollow = registry.follow(resource, ({ type, object }) => {
          if (type !== 'DELETED') tell(csr(object))
        })
        signal.addEventListener('abort', () => {
          unfollow()
          reject(signal.reason as Error)
        })
        registry.list(resource, '', ALL).items.toSorted(byVersion).map(csr).forEach(tell)
      }),
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
      const preconditions = uid === undefined ? {} : { uid }
      const options = { preconditions, dryRun: false }
      await Promise.resolve(registry.delete(resource, { namespace: '', name }, options, clock.now()))
    },
    subjectAccessReview: ({ user, groups = [], resourceAttributes }) => {
      const right = { ...resourceAttributes, namespace: '', name: '', path: '', isResource: true }
      return Promise.resolve(authorize({ ...right, user: { name: user, groups } }))
    },
  }
}

const byVersion = (a: KubeObject, b: KubeObject): number =>
  Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)

/** The same for the controllers of bootstrap tokens. */
export function tokenRegistryApi(registry: Registry, clock: Clock): TokenControllerApi {
  const secrets = resourceOf('Secret')
  const configMaps = resourceOf('ConfigMap')
  const { namespace, name } = CLUSTER_INFO
  const changes = async function* (resource: Resource, of: string, signal: AbortSignal): AsyncGenerator<Change> {
    for await (const event of registry.watch(resource, of, { selector: everything, after: undefined }, signal)) {
      if (event.type !== 'BOOKMARK') yield event
    }
    signal.throwIfAborted()
  }
  return {
    secretChanges: (signal) => changes(secrets, TOKEN_NAMESPACE, signal),
    configMapChanges: (signal) => changes(configMaps, namespace, signal),
    secrets: () => registry.list(secrets, TOKEN_NAMESPACE, ALL).items,
    clusterInfo: () => registry.list(configMaps, namespace, ALL).items.find(({ metadata }) => metadata.name === name),
    updateClusterInfo: (object) => {
      const change = { place: { namespace, name, subresource: '' }, next: () => object, dryRun: false }
      registry.update(configMaps, change, { user: BOOTSTRAP_SIGNER, now: clock.now() })
    },
    deleteSecret: (secret, uid) => {
      const preconditions = uid === undefined ? {} : { uid }
      const place = { namespace: TOKEN_NAMESPACE, name: secret }
      registry.delete(secrets, place, { preconditions, dryRun: false }, clock.now())
    },
  }
}

/** The whole list, as it is now. */
const ALL: ListQuery = { selector: everything, resourceVersion: '', resourceVersionMatch: '', limit: 0, continue: '' }

function resourceOf(kind: string): Resource {
  const found = resources.find((resource) => resource.kind === kind)
  if (!found) throw new TypeError(`the lab does not serve ${kind}`)
  return found
}
