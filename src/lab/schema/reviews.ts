/** Types of `authorization.k8s.io/v1` and `authentication.k8s.io/v1`. Source: `staging/src/k8s.io/api/{authorization,authentication}/v1`. */
import { apiType, bool, list, map, string, struct, wrapped } from './schema.ts'
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
