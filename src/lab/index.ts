/** The lab: an API server for certificates in one process. Nothing of it is for production. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import { type ApiServer, createApiServer, type SeenRequest } from './api-server.ts'
import { createAuthenticator } from './authentication/authenticate.ts'
import type { User } from './authentication/user.ts'
import { createAuthorizer } from './authorization/authorizer.ts'
import { kubeadmPolicy, stockPolicy } from './authorization/bootstrap-policy.ts'
import { createRbac } from './authorization/rbac.ts'
import { randomToken, tokenSecret } from './bootstrap-tokens.ts'
import { type ApprovalMode, startApprover } from './controllers/approver.ts'
import { startCleaner } from './controllers/cleaner.ts'
import { Signer } from './controllers/csr.ts'
import { registryApi } from './controllers/registry-api.ts'
import { startSigner } from './controllers/signer.ts'
import { type GenerationName, generationOf } from './generation.ts'
import { serveHttps } from './http/https-server.ts'
import { certificateKubeconfig, tokenKubeconfig } from './kubeconfigs.ts'
import {
  administratorPurpose,
  apiServerPurpose,
  type Authority,
  createAuthority,
  issue,
  type KeyPair,
} from './pki/authority.ts'
import { loadOrCreatePki } from './pki/pki-folder.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import type { LabRequest, LabResponse } from './request.ts'
import { apiVersionOf } from './resources/resource.ts'
import { resources } from './resources/resources.ts'
import { reviewsOf } from './reviews.ts'
import { createStore, type KubeObject } from './storage.ts'

export type { SeenRequest } from './api-server.ts'
export type { LabRequest, LabResponse } from './request.ts'

export interface LabOptions {
  /** Address to listen on; 127.0.0.1 unless set. */
  readonly host?: string
  /** 0, a free one, unless set. */
  readonly port?: number
  /** `auto`, as kube-controller-manager approves, unless set. */
  readonly approve?: ApprovalMode
  /** Whether serving requests are approved too, which nothing in Kubernetes does by itself; false unless set. */
  readonly approveServing?: boolean
  /** Whether what is approved is signed; true unless set. */
  readonly sign?: boolean
  /** Longest lifetime of certificates, s; a year unless set. */
  readonly signingDurationSeconds?: number
  /** Whether kubeadm's RBAC bindings for joining are there; true unless set. */
  readonly kubeadmPolicy?: boolean
  /** A random one unless set. */
  readonly token?: string
  /** Folder whose keys and certificates, under kubeadm's names, are used; what is missing is made there. */
  readonly pkiDir?: string
  readonly emulate?: GenerationName
  readonly clock?: Clock
}

export interface Lab extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** CA of the API server and of the certificates that it signs. */
  readonly caPem: string
  /** The bootstrap token that was there at the start. */
  readonly token: string
  /** The last thousand requests that were answered over the network or by `handle`, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** A kubeconfig with the bootstrap token, as kubeadm writes it. */
  bootstrapKubeconfig(options?: { token?: string; url?: string }): string
  /** A kubeconfig of a cluster administrator. */
  adminKubeconfig(): string
  /** Answers a request without a network, by the same routes. */
  handle(request: LabRequest): LabResponse
  /** Makes a request as an administrator, in process. Not for watches. */
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  close(): Promise<void>
}

/** How many requests are remembered. */
const MOST_REQUESTS = 1000

/** Starts a lab; it is ready when the promise resolves. @throws TypeError for a token that is none; the system's error for a taken port. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, token = randomToken() } = options
  const now = clock.now()
  const { ca: authority, apiServer, administrator } = await pkiOf(options.pkiDir, now)
  const requests: SeenRequest[] = []
  const { api, stop } = controlPlane({ ...options, clock, token }, authority, (seen) => {
    if (requests.push(seen) > MOST_REQUESTS) requests.shift()
  })
  const server = await serveHttps((request) => api.handle(request), {
    host,
    port,
    ...apiServer,
    caPem: authority.certificatePem,
  })
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`
  const cluster = { url, caPem: authority.certificatePem }
  const close = async (): Promise<void> => {
    stop()
    await server.close()
  }
  return {
    url,
    caPem: authority.certificatePem,
    token,
    requests,
    bootstrapKubeconfig: ({ token: other = token, url: elsewhere = url } = {}) =>
      tokenKubeconfig({ ...cluster, url: elsewhere }, other),
    adminKubeconfig: () => certificateKubeconfig(cluster, 'kubernetes-admin', administrator),
    handle: (request) => api.handle(request),
    admin: async (method, path, body) => {
      const response = api.handle({
        method,
        path,
        headers: {},
        clientCertificates: [new X509Certificate(administrator.certificatePem).raw],
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      })
      const chunks: Uint8Array[] = []
      if (response.body instanceof Uint8Array) chunks.push(response.body)
      else for await (const chunk of response.body) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const HOST_NAME = 'certlet-lab'

async function pkiOf(
  dir: string | undefined,
  now: Date,
): Promise<{ ca: Authority; apiServer: KeyPair; administrator: KeyPair }> {
  if (dir !== undefined) return loadOrCreatePki(dir, { now, hostName: HOST_NAME })
  const ca = await createAuthority('kubernetes', now)
  const [apiServer, administrator] = await Promise.all([
    issue(ca, apiServerPurpose(HOST_NAME), { now }),
    issue(ca, administratorPurpose, { now }),
  ])
  return { ca, apiServer, administrator }
}

/** The API server with its objects, and the controllers that run beside it. */
function controlPlane(
  options: LabOptions & { clock: Clock; token: string },
  authority: Authority,
  onRequest: (seen: SeenRequest) => void,
): { api: ApiServer; stop: () => void } {
  const { clock, token, emulate = '1.36', approve = 'auto', sign = true } = options
  const generation = generationOf(emulate)
  const store = createStore()
  const registry = createRegistry(store)
  const authorize = createAuthorizer(createRbac(store))
  const trusted = [new X509Certificate(authority.certificatePem)]
  const authenticator = createAuthenticator({
    authorities: () => trusted,
    secretNamed: (name) => store.get('secrets.', `kube-system/${name}`),
    now: () => clock.now(),
    anonymous: true,
  })
  const policy = [
    ...stockPolicy(generation),
    ...(options.kubeadmPolicy === false ? [] : kubeadmPolicy({ approve: true })),
  ]
  load(registry, [...policy, tokenSecret(token, clock.now())] as KubeObject[], clock)

  const stopping = new AbortController()
  const controllers = registryApi(registry, authorize, clock)
  const rules = options.approveServing ? [SERVING_RULE] : []
  const running = [
    startCleaner(controllers, { clock, approvedUnissued: generation.cleanerRemovesApproved }, stopping.signal),
    startApprover(controllers, { clock, policy: { mode: approve, rules } }, stopping.signal),
    ...(sign
      ? [
          startSigner(
            controllers,
            {
              clock,
              random: randomBytes,
              terms: { authority, durationSeconds: options.signingDurationSeconds ?? 31_536_000 },
            },
            stopping.signal,
          ),
        ]
      : []),
  ]
  for (const controller of running) controller.catch(() => undefined) // they end by the abort alone
  const api = createApiServer({
    store,
    registry,
    authenticator,
    authorize,
    reviews: reviewsOf(authorize, generation),
    generation,
    clock,
    onRequest,
  })
  return {
    api,
    stop: () => {
      stopping.abort()
    },
  }
}

const SERVING_RULE = {
  match: ({ spec }: { spec: { signerName: string } }): boolean => spec.signerName === Signer.kubeletServing,
  verdict: 'approve',
  delayMs: 0,
  reason: 'LabApproved',
  message: 'The lab approves serving requests.',
} as const

const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters'] }

/** Puts objects in place as the server itself. */
function load(registry: Registry, objects: readonly KubeObject[], clock: Clock): void {
  for (const object of objects) {
    const resource = resources.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion)
    if (!resource) throw new TypeError(`the lab does not serve ${object.kind ?? 'objects without a kind'}`)
    registry.create(resource, object.metadata.namespace ?? '', object, { user: SYSTEM, now: clock.now() })
  }
}
