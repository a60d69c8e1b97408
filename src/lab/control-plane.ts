/** The API server with its objects, and the controllers that run beside it: all that a lab is but its keys and its network. */
import { X509Certificate } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type ApiServer, createApiServer } from './api-server.ts'
import { createAuthenticator } from './authentication/authenticate.ts'
import { authenticateBootstrapToken } from './authentication/bootstrap-token.ts'
import { createServiceAccountTokens } from './authentication/service-account.ts'
import { createAuthorizer } from './authorization/authorizer.ts'
import { kubeadmPolicy, stockPolicy } from './authorization/bootstrap-policy.ts'
import { createRbac } from './authorization/rbac.ts'
import { tokenSecret } from './bootstrap-tokens.ts'
import { clusterInfo } from './controllers/cluster-info.ts'
import { type ControllerManager, startControllerManager } from './controllers/controller-manager.ts'
import { registryApi, tokenRegistryApi } from './controllers/registry-api.ts'
import { ROOT_CA, rootCa } from './controllers/root-ca.ts'
import type { Generation } from './generation.ts'
import type { Authority } from './pki/authority.ts'
import { load } from './objects.ts'
import { createRegistry } from './registry/registry.ts'
import { namespaceNamed, namespaces, SYSTEM_NAMESPACES } from './resources/namespaces.ts'
import { collectionOf } from './resources/resource.ts'
import { reviewsOf } from './reviews.ts'
import type { ApprovalSettings, SigningSettings } from './settings.ts'
import type { KubeObject, Store } from './storage.ts'

export interface ControlPlaneOptions {
  readonly clock: Clock
  readonly generation: Generation
  /** CA of client certificates, as --client-ca-file. */
  readonly authority: Authority
  /** CA that signs requests, as --cluster-signing-cert-file; the same unless set. */
  readonly signingAuthority?: Authority
  /** What clients have to trust, as cluster-info tells them, PEM; the authority unless set. */
  readonly trustPem?: string
  /** Objects of an earlier control plane may be in it. */
  readonly store: Store
  /** Put in place before anything else. */
  readonly objects: readonly KubeObject[]
  /** Whether requests without credentials are taken as those of system:anonymous. */
  readonly anonymousAuth: boolean
  /** Whether answers may be in protobuf. */
  readonly protobuf: boolean
  /** The audience of tokens that name none. */
  readonly serviceAccountIssuer: string
  /** Signs their tokens, as --service-account-signing-key-file, PEM. */
  readonly serviceAccountKeyPem: string
  readonly approval: ApprovalSettings
  readonly signing: SigningSettings
}

export interface ControlPlane {
  readonly api: ApiServer
  /** Once they are stopped the API server answers as before. */
  readonly controllers: ControllerManager
  /**
   * Puts the ConfigMap cluster-info in place, by which joining nodes find the server, and kube-root-ca.crt in the namespaces that every
   * cluster has; not over those that are there already.
   * @param formerUrl - where an earlier lab with the same objects was: what it published is replaced.
   */
  publish(url: string, formerUrl?: string): void
}

export function startControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { authority, clock, generation, store } = options
  const registry = createRegistry(store)
  const rbac = createRbac(store)
  const authorize = createAuthorizer(rbac)
  const trusted = [new X509Certificate(authority.certificatePem)]
  const accountTokens = createServiceAccountTokens({
    keyPem: options.serviceAccountKeyPem,
    issuer: options.serviceAccountIssuer,
    accountNamed: (namespace, name) => store.get('serviceaccounts.', `${namespace}/${name}`),
    credentialIds: generation.credentialIds,
  })
  const authenticator = createAuthenticator({
    tokenUser: (token, now) => accountTokens.userOf(token, now),
    authorities: () => trusted,
    secretNamed: (name) => store.get('secrets.', `kube-system/${name}`),
    now: () => clock.now(),
    anonymous: options.anonymousAuth,
    credentialIds: generation.credentialIds,
  })
  load(registry, options.objects, clock.now())
  // Watches begin here, as those of an API server that has just been started begin at its cache.
  store.compact()

  const tokens = tokenRegistryApi(registry, clock)
  const manager = startControllerManager(
    { requests: registryApi(registry, authorize, clock), tokens },
    { ...options, authority: options.signingAuthority ?? authority },
  )
  const reviews = reviewsOf({ authorize, authenticator, rbac, generation, audience: options.serviceAccountIssuer })
  return {
    api: createApiServer({
      store,
      registry,
      authenticator,
      authorize,
      reviews,
      generation,
      clock,
      protobuf: options.protobuf,
      tokens: accountTokens,
    }),
    controllers: manager,
    publish: (url, formerUrl) => {
      const caPem = options.trustPem ?? authority.certificatePem
      const infoAt = (address: string): KubeObject => clusterInfo({ url: address, caPem })
      const without = SYSTEM_NAMESPACES.filter((namespace) => !store.get('configmaps.', `${namespace}/${ROOT_CA}`))
      load(
        registry,
        without.map((namespace) => rootCa(namespace, caPem)),
        clock.now(),
      )
      const found = tokens.clusterInfo()
      if (!found) load(registry, [infoAt(url)], clock.now())
      else if (formerUrl !== undefined && kubeconfigIn(found) === kubeconfigIn(infoAt(formerUrl)))
        tokens.updateClusterInfo({ ...found, data: infoAt(url)['data'] })
    },
  }
}

const kubeconfigIn = ({ data }: KubeObject): unknown => (data as Record<string, unknown> | undefined)?.['kubeconfig']

/**
 * The objects that a new cluster has.
 * @param kubeadm - whether kubeadm's RBAC bindings for joining are among them.
 * @throws TypeError for a token that is none.
 */
export function firstObjects(
  generation: Generation,
  { token, kubeadm, now }: { token: string; kubeadm: boolean; now: Date },
): KubeObject[] {
  const policy = [...stockPolicy(generation), ...(kubeadm ? kubeadmPolicy({ approve: true }) : [])]
  return [...SYSTEM_NAMESPACES.map(namespaceNamed), ...(policy as KubeObject[]), tokenSecret(token, now)]
}

/** The objects that one which is started again needs: system namespaces that it lacks; its token, if it is gone or worth nothing any more. */
export function objectsToResume(store: Store, token: string, now: Date): KubeObject[] {
  const secret = tokenSecret(token, now)
  const key = `kube-system/${secret.metadata.name ?? ''}`
  const lacking = SYSTEM_NAMESPACES.filter((name) => !store.get(collectionOf(namespaces), name)).map(namespaceNamed)
  if (authenticateBootstrapToken(token, () => store.get('secrets.', key), now)) return lacking
  store.delete('secrets.', key)
  return [...lacking, secret]
}
