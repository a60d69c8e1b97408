/** Questions about users and rights, which store nothing. Source: pkg/registry/authentication, pkg/registry/authorization. */
import type { User } from './authentication/user.ts'
import type { Attributes, Authorize } from './authorization/authorizer.ts'
import type { Generation } from './generation.ts'
import { selfSubjectAccessReviewType, selfSubjectReviewType, subjectAccessReviewType } from './schema/reviews.ts'
import type { Struct, StructSchema } from './schema/schema.ts'

/** A kind of review: created, answered, forgotten. */
export interface Review {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly type: StructSchema
  answer(object: Struct, user: User): Struct
}

interface AccessSpec {
  resourceAttributes?: Partial<Omit<Attributes, 'user' | 'isResource'>>
  nonResourceAttributes?: { path?: string; verb?: string }
  user?: string
  groups?: string[]
}

export function reviewsOf(authorize: Authorize, generation: Generation): Review[] {
  const access = (object: Struct, user: User): Struct => {
    const { resourceAttributes, nonResourceAttributes } = (object['spec'] ?? {}) as AccessSpec
    const blank = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '', verb: '', path: '' }
    const isResource = nonResourceAttributes === undefined
    const { allowed, reason } = authorize({
      ...blank,
      ...resourceAttributes,
      ...nonResourceAttributes,
      user,
      isResource,
    })
    return { ...object, status: { allowed, ...(reason && { reason }) } }
  }
  const authorization = { group: 'authorization.k8s.io', version: 'v1' }
  return [
    {
      ...authorization,
      plural: 'selfsubjectaccessreviews',
      kind: 'SelfSubjectAccessReview',
      type: selfSubjectAccessReviewType,
      answer: access,
    },
    {
      ...authorization,
      plural: 'subjectaccessreviews',
      kind: 'SubjectAccessReview',
      type: subjectAccessReviewType,
      answer: (object) => {
        const { user = '', groups = [] } = (object['spec'] ?? {}) as AccessSpec
        return access(object, { name: user, groups })
      },
    },
    ...(generation.selfSubjectReview
      ? [
          {
            group: 'authentication.k8s.io',
            version: 'v1',
            plural: 'selfsubjectreviews',
            kind: 'SelfSubjectReview',
            type: selfSubjectReviewType,
            answer: (object: Struct, { name, uid, groups }: User): Struct => ({
              ...object,
              status: { userInfo: { username: name, ...(uid && { uid }), groups: [...groups] } },
            }),
          },
        ]
      : []),
  ]
}
