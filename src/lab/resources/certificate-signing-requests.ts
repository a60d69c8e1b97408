/** CertificateSigningRequests. Source: pkg/registry/certificates/certificates/strategy.go, pkg/apis/certificates/validation/validation.go. */
import type { User } from '../authentication/user.ts'
import {
  duplicate,
  type FieldError,
  forbiddenField,
  goBytes,
  goQuote,
  invalid,
  notSupported,
  required,
} from '../field-error.ts'
import { parseCertificateRequest } from '../pki/certificate-request.ts'
import { knownUsages } from '../pki/key-usages.ts'
import { decodeAllPem } from '../pki/pem.ts'
import { certificateSigningRequestType } from '../schema/certificates.ts'
import type { Struct } from '../schema/schema.ts'
import type { KubeObject } from '../storage.ts'
import { anyName, dns1123Label, dns1123Subdomain } from '../validation.ts'
import { age, ageColumn, humanDuration, nameColumn } from './columns.ts'
import type { Resource, Strategy } from './resource.ts'

interface Spec extends Struct {
  request?: string
  signerName?: string
  usages?: string[]
  expirationSeconds?: number
  username?: string
}

interface Condition extends Struct {
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
  validate: (object) => [...validateSpec(specOf(object)), ...validateConditions(conditionsOf(object))],
}

const DECIDED = ['Approved', 'Denied']

const approval: Strategy = {
  prepareForUpdate: (object, old, { now }) => ({
    ...old,
    metadata: { ...old.metadata, resourceVersion: object.metadata.resourceVersion ?? '' },
    status: { ...statusOf(old), conditions: timed(conditionsOf(object), conditionsOf(old), now) },
  }),
  validateUpdate: (object, old) => [...validateConditions(conditionsOf(object)), ...removed(object, old)],
}

const status: Strategy = {
  prepareForUpdate: (object, old, { now }) => {
    return {
      ...old,
      metadata: { ...old.metadata, resourceVersion: object.metadata.resourceVersion ?? '' },
      status: {
        ...statusOf(object),
        conditions: timed(keepDecided(conditionsOf(object), conditionsOf(old)), conditionsOf(old), now),
      },
    }
  },
  validateUpdate: (object, old) => [
    ...validateConditions(conditionsOf(object)),
    ...removed(object, old),
    ...validateCertificate(statusOf(object).certificate, statusOf(old).certificate),
  ],
}

/** Approved and Denied as they were, in the places where the update has them. Source: strategy.go (preserveConditionInstances). */
function keepDecided(conditions: Condition[], old: Condition[]): Condition[] {
  const decided = old.filter(({ type }) => DECIDED.includes(type))
  const inPlace = conditions.flatMap((condition) =>
    DECIDED.includes(condition.type) ? decided.filter(({ type }) => type === condition.type) : [condition],
  )
  return [...decided.filter((condition) => !inPlace.includes(condition)), ...inPlace]
}

/** Puts in the times that the caller left out. */
function timed(conditions: Condition[], old: Condition[], now: Date): Condition[] {
  const time = `${now.toISOString().slice(0, 19)}Z`
  return conditions.map((condition) => {
    const before = old.find(({ type, status }) => type === condition.type && status === condition.status)
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? time,
      lastTransitionTime: before?.lastTransitionTime ?? condition.lastTransitionTime ?? time,
    }
  })
}

function validateSpec({ request, usages = [], signerName = '', expirationSeconds }: Spec): FieldError[] {
  const errors: FieldError[] = []
  const parsed = parseCertificateRequest(Buffer.from(request ?? '', 'base64').toString('latin1'))
  if ('error' in parsed) errors.push(invalid('spec.request', goBytes(request), parsed.error))
  if (usages.length === 0) errors.push(required('spec.usages', 'usages must be provided'))
  usages.forEach((usage, i) => {
    if (!knownUsages.has(usage)) errors.push(notSupported(`spec.usages[${i}]`, goQuote(usage), [...knownUsages].sort()))
    if (usages.indexOf(usage) < i) errors.push(duplicate(`spec.usages[${i}]`, goQuote(usage)))
  })
  if (signerName === 'kubernetes.io/legacy-unknown') {
    errors.push(
      invalid('spec.signerName', goQuote(signerName), 'the legacy signerName is not allowed via this API version'),
    )
  } else errors.push(...validateSignerName(signerName))
  if (expirationSeconds !== undefined && expirationSeconds < 600) {
    errors.push(
      invalid(
        'spec.expirationSeconds',
        expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    )
  }
  return errors
}

/** `domain/path`: two labels at least in the domain. */
function validateSignerName(signerName: string): FieldError[] {
  const field = 'spec.signerName'
  const shown = goQuote(signerName)
  if (signerName === '') return [required(field)]
  const [domain = '', path, ...rest] = signerName.split('/')
  if (path === undefined || rest.length > 0) {
    return [invalid(field, shown, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  }
  const labels = domain.split('.')
  const errors = labels.flatMap(dns1123Label).map((problem) => invalid(field, goQuote(domain), problem))
  if (labels.length < 2)
    errors.push(invalid(field, goQuote(domain), 'should be a domain with at least two segments separated by dots'))
  return [...errors, ...dns1123Subdomain(path).map((problem) => invalid(field, goQuote(path), problem))]
}

function validateConditions(conditions: Condition[]): FieldError[] {
  const errors: FieldError[] = []
  const types = conditions.map(({ type }) => type)
  conditions.forEach(({ type, status: value }, i) => {
    const at = `status.conditions[${i}]`
    if (!type) errors.push(required(`${at}.type`))
    else if (types.indexOf(type) < i) errors.push(duplicate(`${at}.type`, goQuote(type)))
    if (!value) errors.push(required(`${at}.status`))
    else if ([...DECIDED, 'Failed'].includes(type) && value !== 'True') {
      errors.push(notSupported(`${at}.status`, goQuote(value), ['True']))
    }
  })
  if (types.includes('Approved') && types.includes('Denied')) {
    errors.push(invalid('status.conditions', '"Denied"', 'Approved and Denied conditions are mutually exclusive'))
  }
  return errors
}

/** Approved, Denied and Failed stay for ever. */
function removed(object: KubeObject, old: KubeObject): FieldError[] {
  const now = conditionsOf(object).map(({ type }) => type)
  return conditionsOf(old)
    .filter(({ type }) => [...DECIDED, 'Failed'].includes(type) && !now.includes(type))
    .map(({ type }) =>
      forbiddenField('status.conditions', `updates may not remove a condition of type ${goQuote(type)}`),
    )
}

function validateCertificate(certificate: string | undefined, old: string | undefined): FieldError[] {
  const field = 'status.certificate'
  if (old && certificate !== old) return [forbiddenField(field, 'updates may not modify existing certificate content')]
  if (!certificate || certificate === old) return []
  const blocks = decodeAllPem(Buffer.from(certificate, 'base64').toString('latin1'))
  if (blocks.length === 0)
    return [invalid(field, '<certificate data>', 'must contain at least one CERTIFICATE PEM block')]
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE')
  return other
    ? [invalid(field, '<certificate data>', `only CERTIFICATE PEM blocks are allowed, found ${goQuote(other.type)}`)]
    : []
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
      { name: 'SignerName', description: 'The name of the signer that is asked.' },
      { name: 'Requestor', description: 'Who made the request.' },
      { name: 'RequestedDuration', description: 'The lifetime that is asked for.' },
      { name: 'Condition', description: 'What has become of the request.' },
    ],
    cells: (object, now) => {
      const { signerName = '', username = '', expirationSeconds } = specOf(object)
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
