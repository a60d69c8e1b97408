/** Questions about users and rights, which store nothing. Source: pkg/registry/authentication, pkg/registry/authorization. */
import type { Authenticator } from './authentication/authenticate.ts'
import type { User } from './authentication/user.ts'
import type { Attributes, Authorize } from './authorization/authorizer.ts'
import type { Rbac } from './authorization/rbac.ts'
import type { PolicyRule } from './authorization/rules.ts'
import { type FieldError, goQuote, invalid } from './field-error.ts'
import type { Generation } from './generation.ts'
import {
  localSubjectAccessReviewType,
  selfSubjectAccessReviewType,
  selfSubjectReviewType,
  selfSubjectRulesReviewType,
  subjectAccessReviewType,
  tokenReviewType,
} from './schema/reviews.ts'
import type { Struct, StructSchema } from './schema/schema.ts'
import { formatTime } from './schema/time.ts'
import { badRequest, invalidObject } from './status.ts'
import type { ObjectMeta } from './storage.ts'

export interface Question {
  readonly object: Struct
  /** Who asks. */
  readonly user: User
  /** Of the path; empty for kinds without. */
  readonly namespace: string
  readonly now: Date
}

/** A kind of review: created, answered, forgotten. */
export interface Review {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly type: StructSchema
  /** @throws StatusError 400 or 422 for a question that is none. */
  answer(question: Question): Struct
}

export interface ReviewParts {
  readonly authorize: Authorize
  readonly authenticator: Authenticator
  readonly rbac: Rbac
  readonly generation: Generation
  /** For which tokens are good that name no audience of their own. */
  readonly audience: string
}

interface AccessSpec {
  resourceAttributes?: Partial<Omit<Attributes, 'user' | 'isResource'>>
  nonResourceAttributes?: { path?: string; verb?: string }
  user?: string
  groups?: string[]
}

const AUTHENTICATION = 'authentication.k8s.io'
const AUTHORIZATION = 'authorization.k8s.io'

export function reviewsOf(parts: ReviewParts): Review[] {
  const { generation } = parts
  return [
    ...accessReviews(parts.authorize),
    rulesReview(parts.rbac),
    tokenReview(parts),
    ...(generation.selfSubjectReview ? [selfReview(generation.selfSubjectReview)] : []),
  ]
}

function accessReviews(authorize: Authorize): Review[] {
  const answered = (object: Struct, user: User): Struct => {
    const { resourceAttributes, nonResourceAttributes } = specOf(object)
    const blank = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '', verb: '', path: '' }
    const isResource = nonResourceAttributes === undefined
    const attributes = { ...blank, ...resourceAttributes, ...nonResourceAttributes, user, isResource }
    const { allowed, reason } = authorize(attributes)
    return { ...object, status: { allowed, ...(reason && { reason }) } }
  }
  const named = (object: Struct): User => ({ name: specOf(object).user ?? '', groups: specOf(object).groups ?? [] })
  const common = { group: AUTHORIZATION, version: 'v1' }
  return [
    {
      ...{ ...common, plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false },
      type: selfSubjectAccessReviewType,
      answer: ({ object, user }) => {
        check([...attributeErrors(specOf(object)), ...metadataErrors(object)])
        return answered(object, user)
      },
    },
    {
      ...{ ...common, plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false },
      type: subjectAccessReviewType,
      answer: ({ object }) => {
        check([...attributeErrors(specOf(object)), ...subjectErrors(specOf(object)), ...metadataErrors(object)])
        return answered(object, named(object))
      },
    },
    {
      ...{ ...common, plural: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview', namespaced: true },
      type: localSubjectAccessReviewType,
      answer: ({ object, namespace }) => {
        const spec = specOf(object)
        const { resourceAttributes, nonResourceAttributes } = spec
        const asked = resourceAttributes?.namespace ?? ''
        const elsewhere = resourceAttributes !== undefined && asked !== namespace
        check([
          ...attributeErrors(spec),
          ...subjectErrors(spec),
          ...metadataErrors(object, namespace),
          ...(elsewhere
            ? [invalid('spec.resourceAttributes.namespace', `"${asked}"`, 'must match metadata.namespace')]
            : []),
          ...(nonResourceAttributes
            ? [
                invalid(
                  'spec.nonResourceAttributes',
                  pointerTo(nonResourceAttributes),
                  'disallowed on this kind of request',
                ),
              ]
            : []),
        ])
        return answered(object, named(object))
      },
    },
  ]
}

function specOf(object: Struct): AccessSpec {
  return (object['spec'] ?? {}) as AccessSpec
}

/** Source: pkg/apis/authorization/validation/validation.go. */
function attributeErrors({ resourceAttributes, nonResourceAttributes }: AccessSpec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const why = 'cannot be specified in combination with resourceAttributes'
    return [invalid('spec.nonResourceAttributes', pointerTo(nonResourceAttributes), why)]
  }
  if (resourceAttributes || nonResourceAttributes) return []
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalid('spec.resourceAttributes', '"null"', why)]
}

/** What Go shows of the value behind the pointer. */
function pointerTo({ path = '', verb = '' }: NonNullable<AccessSpec['nonResourceAttributes']>): string {
  return `authorization.NonResourceAttributes{Path:${JSON.stringify(path)}, Verb:${JSON.stringify(verb)}}`
}

/** A review is no object: it has no metadata, but for the namespace of a local one. */
function metadataErrors({ metadata }: Struct, local?: string): FieldError[] {
  const { namespace = '', managedFields: _managers, ...rest } = (metadata ?? {}) as ObjectMeta
  if (Object.keys(rest).length === 0 && (namespace === '' || local !== undefined)) return []
  const why = local === undefined ? 'must be empty' : 'must be empty except for namespace'
  return [invalid('metadata', shownMetadata({ ...rest, namespace: local ?? namespace }), why)]
}

/** As Go's %#v shows it. */
function shownMetadata(meta: ObjectMeta): string {
  const text = (name: 'name' | 'generateName' | 'namespace' | 'uid' | 'resourceVersion'): string =>
    goQuote(meta[name] ?? '')
  const map = (entries: Record<string, string> | undefined): string => {
    if (!entries) return 'map[string]string(nil)'
    const pairs = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[string]string{${pairs.map(([key, value]) => `${goQuote(key)}:${goQuote(value)}`).join(', ')}}`
  }
  const finalizers = meta.finalizers ? `[]string{${meta.finalizers.map(goQuote).join(', ')}}` : '[]string(nil)'
  return (
    `v1.ObjectMeta{Name:${text('name')}, GenerateName:${text('generateName')}, Namespace:${text('namespace')}, SelfLink:"", ` +
    `UID:${text('uid')}, ResourceVersion:${text('resourceVersion')}, Generation:${meta.generation ?? 0}, ` +
    'CreationTimestamp:time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC), DeletionTimestamp:<nil>, ' +
    `DeletionGracePeriodSeconds:(*int64)(nil), Labels:${map(meta.labels)}, Annotations:${map(meta.annotations)}, ` +
    `OwnerReferences:[]v1.OwnerReference(nil), Finalizers:${finalizers}, ManagedFields:[]v1.ManagedFieldsEntry(nil)}`
  )
}

function subjectErrors({ user = '', groups = [] }: AccessSpec): FieldError[] {
  if (user !== '' || groups.length > 0) return []
  return [invalid('spec.user', '""', 'at least one of user or group must be specified')]
}

/** These errors name no kind, since the real server leaves it out. */
function check(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: AUTHORIZATION, name: '' }, '', errors)
}

/** Source: pkg/registry/authorization/selfsubjectrulesreview/rest.go. What only the Node authorizer allows is not listed. */
function rulesReview(rbac: Rbac): Review {
  return {
    ...{ group: AUTHORIZATION, version: 'v1', plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
    namespaced: false,
    type: selfSubjectRulesReviewType,
    answer: ({ object, user }) => {
      const { namespace = '' } = (object['spec'] ?? {}) as { namespace?: string }
      if (namespace === '') throw badRequest('no namespace on request')
      const rules = rbac.rulesFor(user, namespace)
      const about = (rule: PolicyRule, ...fields: (keyof PolicyRule)[]): Struct =>
        Object.fromEntries(fields.flatMap((field) => (rule[field]?.length ? [[field, [...rule[field]]]] : [])))
      const ofPaths = ({ nonResourceURLs = [] }: PolicyRule): boolean => nonResourceURLs.length > 0
      const incomplete = user.groups.includes('system:nodes')
      return {
        ...object,
        spec: {},
        status: {
          resourceRules: rules
            .filter(({ resources = [] }) => resources.length > 0)
            .map((rule) => about(rule, 'verbs', 'apiGroups', 'resources', 'resourceNames')),
          nonResourceRules: rules.filter(ofPaths).map((rule) => about(rule, 'verbs', 'nonResourceURLs')),
          incomplete,
          ...(incomplete && { evaluationError: 'node authorizer does not support user rule resolution' }),
        },
      }
    },
  }
}

/** Source: pkg/registry/authentication/tokenreview/storage.go; apiserver pkg/authentication/authenticator/audagnostic.go. */
function tokenReview({ audience, authenticator }: ReviewParts): Review {
  return {
    ...{ group: AUTHENTICATION, version: 'v1', plural: 'tokenreviews', kind: 'TokenReview', namespaced: false },
    type: tokenReviewType,
    answer: ({ object }) => {
      const { token = '', audiences = [] } = (object['spec'] ?? {}) as { token?: string; audiences?: string[] }
      if (token === '') throw badRequest('token is required for TokenReview in authentication')
      const meant = audiences.length === 0 || audiences.includes(audience)
      const user = meant ? authenticator.token(token) : undefined
      if (!user) return { ...object, status: { user: {}, error: 'invalid bearer token' } }
      return { ...object, status: { authenticated: true, user: userInfo(user), audiences: [audience] } }
    },
  }
}

const selfReview = (version: 'v1' | 'v1alpha1'): Review => ({
  ...{ group: AUTHENTICATION, version, plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
  namespaced: false,
  type: selfSubjectReviewType,
  answer: ({ object, user, now }) => ({
    ...object,
    metadata: { creationTimestamp: formatTime(now) },
    status: { userInfo: userInfo(user) },
  }),
})

function userInfo({ name, uid, groups, extra }: User): Struct {
  return { username: name, ...(uid && { uid }), groups: [...groups], ...(extra && { extra }) }
}
