/** CertificateSigningRequests. Source: pkg/registry/certificates/certificates/strategy.go, pkg/apis/certificates/validation/validation.go. */
import type { User } from '../authentication/user.ts'
import { duplicate, type FieldError, forbiddenField, goQuote, invalid, notSupported, required } from '../field-error.ts'
import { certificatesFault } from '../pki/parse-certificates.ts'
import { decodeAllPem } from '../pki/pem.ts'
import { certificateSigningRequestType } from '../schema/certificates.ts'
import type { Struct } from '../schema/schema.ts'
import type { KubeObject } from '../storage.ts'
import { anyName, validateObjectMeta, validateObjectMetaUpdate } from '../validation.ts'
import { age, ageColumn, humanDuration, nameColumn } from './columns.ts'
import type { Resource, Strategy } from './resource.ts'
import { type Spec, validateSpec } from './signing-request-spec.ts'

interface Condition extends Struct {
  /** Empty or not there when it was not sent; validation refuses it. */
  type: string
  status: string
  lastUpdateTime?: string
  lastTransitionTime?: string
}

interface Status extends Struct {
  conditions?: Condition[]
  certificate?: string
}

const specOf = (object: KubeObject): Spec => (object['spec'] ?? {}) as Spec
const statusOf = (object: KubeObject): Status => (object['status'] ?? {}) as Status
const conditionsOf = (object: KubeObject): Condition[] => statusOf(object).conditions ?? []

/** Who asks is put in by the server, whatever the caller says. */
function withRequester(spec: Spec, { name, uid, groups, extra }: User): Spec {
  const { username: _name, uid: _uid, groups: _groups, extra: _extra, ...rest } = spec
  return { ...rest, username: name, ...(uid && { uid }), groups: [...groups], ...(extra && { extra }) }
}

const main: Strategy = {
  prepareForCreate: (object, { user }) => ({ ...object, spec: withRequester(specOf(object), user), status: {} }),
  prepareForUpdate: (object, old) => ({ ...object, spec: specOf(old), status: statusOf(old) }),
  validate: (object) => validateCreate(object),
  validateUpdate: (object, old) => validateUpdate(object, old, {}),
}

const DECIDED = ['Approved', 'Denied']
/** Conditions that stay for ever. */
const FINAL = [...DECIDED, 'Failed']

const approval: Strategy = {
  prepareForUpdate: (object, old, { now }) => ({
    ...object,
    spec: specOf(old),
    status: { ...statusOf(old), conditions: timed(conditionsOf(object), conditionsOf(old), now) },
  }),
  validateUpdate: (object, old) => validateUpdate(object, old, { approvalConditions: true }),
}

const status: Strategy = {
  prepareForUpdate: (object, old, { now }) => {
    const kept = DECIDED.reduce(
      (conditions, type) => preserved(conditions, conditionsOf(old), type),
      conditionsOf(object),
    )
    return {
      ...object,
      spec: specOf(old),
      status: { ...statusOf(object), conditions: timed(kept, conditionsOf(old), now) },
    }
  },
  validateUpdate: (object, old) => validateUpdate(object, old, { certificate: true }),
}

const ofType = (conditions: readonly Condition[], type: string): Condition[] =>
  conditions.filter((condition) => condition.type === type)

/** Puts old conditions of a type back in place of the new ones; where their number differs, validation will say so. */
function preserved(conditions: Condition[], old: Condition[], type: string): Condition[] {
  const before = ofType(old, type)
  if (ofType(conditions, type).length !== before.length) return conditions
  return conditions.map((condition) => (condition.type === type ? (before.shift() ?? condition) : condition))
}

/** Puts in the times that the caller left out. */
function timed(conditions: Condition[], old: Condition[], now: Date): Condition[] {
  const time = `${now.toISOString().slice(0, 19)}Z`
  return conditions.map((condition) => {
    const before = old.find(({ type, status }) => type === condition.type && status === condition.status)
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? time,
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? time,
    }
  })
}

function validateConditions(conditions: readonly Condition[]): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  conditions.forEach(({ type, status: value }, i) => {
    const at = `status.conditions[${i}]`
    if (!type) errors.push(required(`${at}.type`))
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined
    if (opposite !== undefined && seen.has(opposite)) {
      const why = 'Approved and Denied conditions are mutually exclusive'
      errors.push(invalid(`${at}.type`, goQuote(type), why))
    }
    const allowed = FINAL.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
    if (!value) errors.push(required(`${at}.status`))
    else if (!allowed.includes(value)) errors.push(notSupported(`${at}.status`, goQuote(value), allowed))
    if (type && seen.has(type)) errors.push(duplicate(`${at}.type`, goQuote(type)))
    seen.add(type)
  })
  return errors
}

/** What an update may do besides changing metadata. */
interface Allowed {
  readonly approvalConditions?: boolean
  readonly certificate?: boolean
}

function validateCreate(object: KubeObject): FieldError[] {
  return [...validateSpec(specOf(object)), ...validateStatus(object)]
}

function validateStatus(object: KubeObject): FieldError[] {
  return [...validateConditions(conditionsOf(object)), ...validateCertificate(statusOf(object).certificate)]
}

/**
 * Metadata is validated here once more: the API server does so, and lists each of its faults as often. It validates the spec as
 * well, which no update changes: what is stored was valid when it was created.
 */
function validateUpdate(object: KubeObject, old: KubeObject, allowed: Allowed): FieldError[] {
  const field = 'status.conditions'
  const number = (of: KubeObject, type: string): number => ofType(conditionsOf(of), type).length
  const removed = FINAL.filter((type) => number(object, type) < number(old, type))
  const added = allowed.approvalConditions ? [] : DECIDED.filter((type) => number(object, type) > number(old, type))
  return [
    ...validateObjectMeta(object.metadata, false, anyName),
    ...validateStatus(object),
    ...removed.map((type) => forbiddenField(field, `updates may not remove a condition of type ${goQuote(type)}`)),
    ...added.map((type) => forbiddenField(field, `updates may not add a condition of type ${goQuote(type)}`)),
    ...certificateChange(statusOf(object).certificate ?? '', statusOf(old).certificate ?? '', allowed),
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
  ]
}

function certificateChange(certificate: string, old: string, allowed: Allowed): FieldError[] {
  if (certificate === old) return []
  if (!allowed.certificate) return [forbiddenField('status.certificate', 'updates may not set certificate content')]
  if (old === '') return []
  return [forbiddenField('status.certificate', 'updates may not modify existing certificate content')]
}

function validateCertificate(certificate = ''): FieldError[] {
  if (certificate === '') return []
  const why = certificateFault(Buffer.from(certificate, 'base64').toString('latin1'))
  return why === undefined ? [] : [invalid('status.certificate', goQuote('<certificate data>'), why)]
}

function certificateFault(pem: string): string | undefined {
  const blocks = decodeAllPem(pem)
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block'
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${goQuote(type)}`
    if (hasHeaders) return 'no PEM block headers are permitted'
    if (bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates'
    const fault = certificatesFault(bytes)
    if (fault !== undefined) return fault
  }
  return undefined
}

export const certificateSigningRequests: Resource = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  kind: 'CertificateSigningRequest',
  namespaced: false,
  shortNames: ['csr'],
  type: certificateSigningRequestType,
  nameRule: anyName,
  strategy: main,
  subresources: { approval, status },
  selectable: (object) => ({ 'spec.signerName': specOf(object).signerName ?? '' }),
  table: {
    columns: [
      nameColumn,
      ageColumn,
      {
        name: 'SignerName',
        description:
          'Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will be defaulted:\n 1. If it\'s a kubelet client certificate, it is assigned\n    "kubernetes.io/kube-apiserver-client-kubelet".\n 2. If it\'s a kubelet serving certificate, it is assigned\n    "kubernetes.io/kubelet-serving".\n 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".\nDistribution of trust for signers happens out of band. You can select on this field using `spec.signerName`.',
      },
      { name: 'Requestor', description: 'Base64-encoded PKCS#10 CSR data' },
      {
        name: 'RequestedDuration',
        description:
          'expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of the well-known Kubernetes signers will honor this field as long as the requested duration is not greater than the maximum duration they will honor per the --cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer whose configured maximum is shorter than the requested duration\n  3. Signer whose configured minimum is longer than the requested duration\n\nThe minimum valid value for expirationSeconds is 600, i.e. 10 minutes.',
      },
      { name: 'Condition', description: 'Conditions applied to the request, such as approval or denial.' },
    ],
    cells: (object, now) => {
      const { signerName = '<none>', username = '', expirationSeconds } = specOf(object)
      const duration = expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds)
      return [object.metadata.name ?? '', age(object, now), signerName, username, duration, condition(object)]
    },
  },
}

/** As `kubectl get csr` shows it. Source: pkg/printers/internalversion/printers.go, extractCSRStatus. */
function condition(object: KubeObject): string {
  const types = conditionsOf(object).map(({ type }) => type)
  const decided = types.includes('Denied') ? ['Denied'] : types.includes('Approved') ? ['Approved'] : ['Pending']
  if (types.includes('Failed')) decided.push('Failed')
  if (statusOf(object).certificate) decided.push('Issued')
  return decided.join(',')
}
