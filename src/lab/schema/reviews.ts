/** Types of `authorization.k8s.io/v1` and `authentication.k8s.io/v1`. Source: `staging/src/k8s.io/api/{authorization,authentication}/v1`. */
import { apiType, bool, int64, list, map, named, string, struct, type StructSchema, time, wrapped } from './schema.ts'
import { objectMeta } from './meta.ts'

const extra = map(wrapped(string, 'v1.ExtraValue'))

const resourceAttributes = struct('v1.ResourceAttributes', {
  namespace: [1, string],
  verb: [2, string],
  group: [3, string],
  version: [4, string],
  resource: [5, string],
  subresource: [6, string],
  name: [7, string],
})
const nonResourceAttributes = struct('v1.NonResourceAttributes', { path: [1, string], verb: [2, string] })

const attributes = {
  resourceAttributes: [1, resourceAttributes, 'pointer'],
  nonResourceAttributes: [2, nonResourceAttributes, 'pointer'],
} as const

const accessStatus = struct('v1.SubjectAccessReviewStatus', {
  allowed: [1, bool, 'always'],
  denied: [4, bool],
  reason: [2, string],
  evaluationError: [3, string],
})

const subjectSpec = struct('v1.SubjectAccessReviewSpec', {
  ...attributes,
  user: [3, string],
  groups: [4, list(string)],
  extra: [5, extra],
  uid: [6, string],
})

export const selfSubjectAccessReviewType = apiType('v1.SelfSubjectAccessReview', {
  metadata: [1, objectMeta],
  spec: [2, struct('v1.SelfSubjectAccessReviewSpec', attributes), 'always'],
  status: [3, accessStatus],
})
export const subjectAccessReviewType = apiType('v1.SubjectAccessReview', {
  metadata: [1, objectMeta],
  spec: [2, subjectSpec, 'always'],
  status: [3, accessStatus],
})

const userInfo = struct('v1.UserInfo', {
  username: [1, string],
  uid: [2, string],
  groups: [3, list(string)],
  extra: [4, extra],
})

/** The same in `v1`, `v1beta1` and `v1alpha1`. */
export const selfSubjectReviewType = apiType('v1.SelfSubjectReview', {
  metadata: [1, objectMeta],
  status: [2, struct('v1.SelfSubjectReviewStatus', { userInfo: [1, userInfo] })],
})

export const localSubjectAccessReviewType = apiType('v1.LocalSubjectAccessReview', {
  metadata: [1, objectMeta],
  spec: [2, subjectSpec, 'always'],
  status: [3, accessStatus],
})

const resourceRule = struct('v1.ResourceRule', {
  verbs: [1, list(string), 'always'],
  apiGroups: [2, list(string)],
  resources: [3, list(string)],
  resourceNames: [4, list(string)],
})
const nonResourceRule = struct('v1.NonResourceRule', {
  verbs: [1, list(string), 'always'],
  nonResourceURLs: [2, list(string)],
})

export const selfSubjectRulesReviewType = apiType('v1.SelfSubjectRulesReview', {
  metadata: [1, objectMeta],
  spec: [2, struct('v1.SelfSubjectRulesReviewSpec', { namespace: [1, string] }), 'always'],
  status: [
    3,
    struct('v1.SubjectRulesReviewStatus', {
      resourceRules: [1, list(resourceRule), 'always'],
      nonResourceRules: [2, list(nonResourceRule), 'always'],
      incomplete: [3, bool, 'always'],
      evaluationError: [4, string],
    }),
  ],
})

export const tokenReviewType = apiType('v1.TokenReview', {
  metadata: [1, objectMeta],
  spec: [2, struct('v1.TokenReviewSpec', { token: [1, string], audiences: [2, list(string)] }), 'always'],
  status: [
    3,
    struct('v1.TokenReviewStatus', {
      authenticated: [1, bool],
      user: [2, userInfo],
      error: [3, string],
      audiences: [4, list(string)],
    }),
  ],
})

const boundObject = struct('v1.BoundObjectReference', {
  kind: [1, string],
  apiVersion: [2, string],
  name: [3, string],
  uid: [4, named('types.UID')],
})
export const tokenRequestType = apiType('v1.TokenRequest', {
  metadata: [1, objectMeta],
  spec: [
    2,
    struct('v1.TokenRequestSpec', {
      audiences: [1, list(string), 'always'],
      expirationSeconds: [4, int64, 'pointer'],
      boundObjectRef: [3, boundObject, 'pointer'],
    }),
    'always',
  ],
  status: [
    3,
    struct('v1.TokenRequestStatus', { token: [1, string, 'always'], expirationTimestamp: [2, time, 'always'] }),
  ],
})

/** By kind: there is one form of each in all versions. */
export const reviewTypes: Readonly<Record<string, StructSchema>> = {
  LocalSubjectAccessReview: localSubjectAccessReviewType,
  SelfSubjectAccessReview: selfSubjectAccessReviewType,
  SelfSubjectReview: selfSubjectReviewType,
  SelfSubjectRulesReview: selfSubjectRulesReviewType,
  SubjectAccessReview: subjectAccessReviewType,
  TokenRequest: tokenRequestType,
  TokenReview: tokenReviewType,
}
