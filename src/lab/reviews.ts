/** Questions about users and rights, which store nothing. Source: pkg/registry/authentication, pkg/registry/authorization. */
import type { Authenticator } from './authentication/authenticate.ts'
import type { User } from './authentication/user.ts'
import type { Attributes, Authorize } from './authorization/authorizer.ts'
import type { Rbac } from './authorization/rbac.ts'
import type { PolicyRule } from './authorization/rules.ts'
import { type FieldError, invalid } from './field-error.ts'
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
    tokenReview(parts.authenticator),
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
        check(attributeErrors(specOf(object)))
        return answered(object, user)
      },
    },
    {
      ...{ ...common, plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false },
      type: subjectAccessReviewType,
      answer: ({ object }) => {
        check([...attributeErrors(specOf(object)), ...subjectErrors(specOf(object))])
        return answered(object, named(object))
      },
    },
    {
      ...{ ...common, plural: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview', namespaced: true },
      type: localSubjectAccessReviewType,
      answer: ({ object, namespace }) => {
        const spec = specOf(object)
        const asked = spec.resourceAttributes?.namespace ?? ''
        check([
          ...attributeErrors(spec),
          ...subjectErrors(spec),
          ...(asked === namespace
            ? []
            : [invalid('spec.resourceAttributes.namespace', `"${asked}"`, 'must match metadata.namespace')]),
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
    const { path = '', verb = '' } = nonResourceAttributes
    const shown = `authorization.NonResourceAttributes{Path:${JSON.stringify(path)}, Verb:${JSON.stringify(verb)}}`
    return [invalid('spec.nonResourceAttributes', shown, 'cannot be specified in combination with resourceAttributes')]
  }
  if (resourceAttributes || nonResourceAttributes) return []
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalid('spec.resourceAttributes', '"null"', why)]
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

/** Source: pkg/registry/authentication/tokenreview/storage.go. */
function tokenReview(authenticator: Authenticator): Review {
  return {
    ...{ group: AUTHENTICATION, version: 'v1', plural: 'tokenreviews', kind: 'TokenReview', namespaced: false },
    type: tokenReviewType,
    answer: ({ object }) => {
      const { token = '' } = (object['spec'] ?? {}) as { token?: string }
      if (token === '') throw badRequest('token is required for TokenReview in authentication')
      const user = authenticator.token(token)
      if (!user) return { ...object, status: { user: {}, error: 'invalid bearer token' } }
      return { ...object, status: { authenticated: true, user: userInfo(user) } }
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
