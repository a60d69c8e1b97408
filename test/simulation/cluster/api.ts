import { parseCertificateRequest } from '../../../src/lab/pki/certificate-request.ts'
import { digestOf } from '../keys.ts'
import type { Random } from '../random.ts'
import type { Cluster, StoredRequest } from './cluster.ts'
import { bodyOf } from './signer.ts'

/** A request as it arrives. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string | undefined
  readonly token: string | undefined
  /** PEM of the client certificate. */
  readonly certificate: string | undefined
  /** The machine that sent it: for the invariants' eyes only. */
  readonly from: string
}

export type Answer =
  { readonly status: number; readonly body: unknown; readonly retryAfter?: number } | { readonly watch: Watch }

export interface Watch {
  readonly name: string
  /** From where changes are told; `behindMs`: the state at that time first, as a watch cache has it, then what came since. */
  readonly from: { readonly version: number } | { readonly behindMs: number }
  readonly seconds: number
}

export interface User {
  readonly username: string
  readonly groups: readonly string[]
}

const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const WHO_AM_I = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const MAY_I = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const PUBLISHED = '/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt'

/** Whether an answer to this says that the server accepts the credential. */
export function isProof(path: string): boolean {
  return path === WHO_AM_I || path === MAY_I
}

/** What the API server answers. */
export function answer(cluster: Cluster, arrival: Arrival, random: Random): Answer {
  const { conduct } = cluster
  if (random.chance(conduct.errors)) return trouble(random)
  const user = userOf(cluster, arrival)
  if (!user) return failure(401, 'Unauthorized', 'Unauthorized')
  const { method, path, query } = arrival
  const behindMs = conduct.staleMs === 0 ? 0 : Math.round(random.next() * conduct.staleMs)
  switch (`${method} ${path}`) {
    case `POST ${WHO_AM_I}`:
      return { status: 201, body: { kind: 'SelfSubjectReview', status: { userInfo: user } } }
    case `POST ${MAY_I}`:
      return { status: 201, body: { kind: 'SelfSubjectAccessReview', status: { allowed: conduct.approves } } }
    case `POST ${REQUESTS}`:
      return create(cluster, arrival, user)
    case `GET ${REQUESTS}`: {
      const name = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? ''
      if (query.get('watch') !== 'true') {
        const found = cluster.read(name, behindMs)
        const metadata = { resourceVersion: String(cluster.versionAt(behindMs)) }
        return { status: 200, body: { metadata, items: found ? [encode(found)] : [] } }
      }
      const seconds = Number(query.get('timeoutSeconds'))
      const from = query.get('resourceVersion')
      if (from === null) return { watch: { name, from: { behindMs }, seconds } }
      const version = Number(from)
      if (version > cluster.version) return failure(504, 'Timeout', 'Too large resource version')
      return { watch: { name, from: { version }, seconds } }
    }
    case `GET ${PUBLISHED}`: {
      const data = { 'ca.crt': cluster.published.map(({ certificatePem }) => certificatePem).join('') }
      return { status: 200, body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: {}, data } }
    }
    default: {
      const name = decodeURIComponent(path.slice(REQUESTS.length + 1))
      if (method !== 'GET' || !path.startsWith(`${REQUESTS}/`)) return failure(404, 'NotFound', `no ${method} ${path}`)
      const found = cluster.read(name, behindMs)
      return found ? { status: 200, body: encode(found) } : failure(404, 'NotFound', `"${name}" not found`)
    }
  }
}

function create(cluster: Cluster, { body = '', from }: Arrival, { username, groups }: User): Answer {
  const { metadata, spec } = JSON.parse(body) as {
    metadata: { name: string }
    spec: { request: string; signerName: string; usages: string[]; expirationSeconds?: number }
  }
  const request = Buffer.from(spec.request, 'base64').toString()
  const parsed = parseCertificateRequest(request)
  if (!('ok' in parsed)) return failure(422, 'Invalid', parsed.error)
  const made = cluster.create({
    ...{ name: metadata.name, signerName: spec.signerName, request, usages: spec.usages, username, groups, from },
    expirationSeconds: spec.expirationSeconds,
    key: digestOf(parsed.ok.spki),
  })
  return made ? { status: 201, body: encode(made) } : failure(409, 'AlreadyExists', `"${metadata.name}" already exists`)
}

/** Who is calling; undefined: nobody that is known. */
function userOf(cluster: Cluster, { token, certificate }: Arrival): User | undefined {
  if (certificate !== undefined) {
    const record = cluster.issued.get(bodyOf(certificate))
    const now = cluster.wall()
    if (!record || now < record.notBefore || now > record.notAfter || !record.clientAuth) return undefined
    if (!cluster.acceptedCas.includes(record.issuer)) return undefined
    return { username: record.commonName, groups: [...record.organization, 'system:authenticated'] }
  }
  const [id = '', secret] = token?.split('.') ?? []
  const known = cluster.tokens.get(id)
  if (known?.secret !== secret || known === undefined || known.expiresAt <= cluster.wall()) return undefined
  return { username: `system:bootstrap:${id}`, groups: ['system:bootstrappers', 'system:authenticated'] }
}

export function encode(stored: StoredRequest): object {
  const { name, uid, version, createdAt, request, signerName, usages, expirationSeconds, username } = stored
  return {
    kind: 'CertificateSigningRequest',
    apiVersion: 'certificates.k8s.io/v1',
    metadata: { name, uid, resourceVersion: String(version), creationTimestamp: new Date(createdAt).toISOString() },
    spec: { request: Buffer.from(request).toString('base64'), signerName, usages, expirationSeconds, username },
    status: {
      conditions: stored.conditions.map(({ type, reason }) => ({ type, status: 'True', reason, message: '' })),
      ...(stored.certificate !== undefined && { certificate: Buffer.from(stored.certificate).toString('base64') }),
    },
  }
}

function trouble(random: Random): Answer {
  const code = random.pick([500, 503, 429, 504])
  const answered = failure(code, 'Simulated', 'the simulation says so')
  return code === 429 ? { ...answered, retryAfter: random.whole(1, 30) } : answered
}

function failure(code: number, reason: string, message: string): { status: number; body: object } {
  return { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message } }
}
