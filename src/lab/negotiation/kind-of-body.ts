/**
 * What kind a body says it is, and what the server says when it is another one than the path's.
 * Source: apimachinery pkg/runtime/{scheme,error}.go, pkg/runtime/serializer/json/{json,meta}.go; apiserver
 * pkg/endpoints/handlers/{rest,create}.go (transformDecodeError, summarizeData).
 */
import { decodeJson } from '../schema/json-decode.ts'
import type { JsonNode } from '../schema/json-text.ts'
import type { Struct, StructSchema } from '../schema/schema.ts'
import { badRequest, type StatusError } from '../status.ts'

/** What a body must be. */
export interface Expected {
  readonly type: StructSchema
  readonly apiVersion: string
  readonly kind: string
}

export interface DecodedBody {
  readonly object: Struct
  /** As the body says, or the expected ones where it says nothing. */
  readonly kind: string
  readonly version: string
  /** What strict decoding objects to. */
  readonly strict: readonly string[]
}

/** The registry of types that messages name: where the real server was compiled. */
const SCHEME = 'k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30'

/** Bytes of a body that messages show. */
const SHOWN_BYTES = 30

const KIND_AND_VERSION =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** Versions of the groups here, and the kinds of each that are no strangers. */
const REGISTERED: Readonly<Record<string, { versions: readonly string[]; kinds: readonly string[] }>> = {
  '': {
    versions: ['v1'],
    kinds: [
      ...['ConfigMap', 'Endpoints', 'Event', 'LimitRange', 'Namespace', 'Node', 'PersistentVolume', 'Pod', 'Secret'],
      ...[
        'PersistentVolumeClaim',
        'PodTemplate',
        'ReplicationController',
        'ResourceQuota',
        'Service',
        'ServiceAccount',
      ],
    ],
  },
  'certificates.k8s.io': { versions: ['v1', 'v1beta1'], kinds: ['CertificateSigningRequest'] },
  'coordination.k8s.io': { versions: ['v1', 'v1beta1'], kinds: ['Lease'] },
  'events.k8s.io': { versions: ['v1', 'v1beta1'], kinds: ['Event'] },
  'rbac.authorization.k8s.io': {
    versions: ['v1', 'v1beta1', 'v1alpha1'],
    kinds: ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  },
  'authentication.k8s.io': { versions: ['v1', 'v1beta1', 'v1alpha1'], kinds: ['TokenReview', 'SelfSubjectReview'] },
  'authorization.k8s.io': {
    versions: ['v1', 'v1beta1'],
    kinds: [
      ...['LocalSubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
    ],
  },
}

/** @param why - in the words of the decoder. */
export function unrecognised(why: string, body: Buffer, { kind }: Expected): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`)
}

function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>'
  const shown = body.subarray(0, SHOWN_BYTES).toString(body[0] === 0x7b ? 'utf8' : 'hex')
  return body.length > SHOWN_BYTES ? `${shown} ...` : shown
}

/** @throws StatusError 400 */
export function decodeTyped(node: JsonNode, body: Buffer, expected: Expected): DecodedBody {
  const { kind, version } = recognise(kindAndVersion(node, body, expected), body, expected)
  const { value, error, strict } = decodeJson(expected.type, node)
  if (error !== undefined) throw mishandled(kind, version, expected, error)
  return { object: value, kind, version, strict }
}

interface KindAndVersion {
  readonly apiVersion: string
  readonly kind: string
}

function kindAndVersion(node: JsonNode, body: Buffer, expected: Expected): KindAndVersion {
  const said = kindSaid(node)
  if ('error' in said) throw unrecognised(said.error, body, expected)
  return said
}

/** What a body says of itself. Go's own decoder reads these two, and it does not mind case. */
export function kindSaid(node: JsonNode): KindAndVersion | { readonly error: string } {
  const refuse = (what: string, where: string): { error: string } => ({
    error: `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into ${where}`,
  })
  const found = { apiVersion: '', kind: '' }
  if (node.type === 'null') return found
  if (node.type !== 'object') return refuse(node.type, `Go value of type ${KIND_AND_VERSION}`)
  for (const [key, value] of node.entries) {
    const lower = key.toLowerCase()
    const name = lower === 'apiversion' ? 'apiVersion' : lower === 'kind' ? 'kind' : undefined
    if (name === undefined || value.type === 'null') continue
    if (value.type === 'string') found[name] = value.value
    else return refuse(value.type, `Go struct field .${name} of type string`)
  }
  return found
}

/** @throws StatusError 400 unless it is of the expected kind. */
export function recognise(
  said: { apiVersion: string; kind: string },
  body: Buffer,
  expected: Expected,
): { kind: string; version: string } {
  const wanted = split(expected.apiVersion)
  const parts = said.apiVersion === '/' ? [] : said.apiVersion.split('/')
  if (parts.length > 2) throw unrecognised(`unexpected GroupVersion string: ${said.apiVersion}`, body, expected)
  const kind = said.kind || expected.kind
  const { group, version } = said.apiVersion === '' || said.apiVersion === '/' ? wanted : split(said.apiVersion)
  const apiVersion = group ? `${group}/${version}` : version
  if (apiVersion === expected.apiVersion && kind === expected.kind) return { kind, version }
  const known = REGISTERED[group]
  const registered = known?.versions.includes(version) && known.kinds.includes(kind.replace(/List$/, ''))
  if (!registered) throw mishandled(kind, version, expected, notRegistered(kind, apiVersion))
  if (group === wanted.group && kind === expected.kind) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    )
  }
  const internal = `${wanted.group.split('.')[0] || 'core'}.${expected.kind}`
  throw mishandled(kind, version, expected, `converting (${version}.${kind}) to (${internal}): unknown conversion`)
}

/** @param scheme - where the real server keeps its types. */
export function notRegistered(kind: string, apiVersion: string, scheme = SCHEME): string {
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(scheme)}`
}

function mishandled(kind: string, version: string, expected: Expected, why: string): StatusError {
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`)
}

function split(apiVersion: string): { group: string; version: string } {
  const [first = '', second] = apiVersion.split('/')
  return second === undefined ? { group: '', version: first } : { group: first, version: second }
}
