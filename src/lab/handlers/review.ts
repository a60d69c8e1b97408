/** POST of reviews. Source: apiserver pkg/endpoints/handlers/create.go; nothing is stored. */
import type { User } from '../authentication/user.ts'
import { type MediaType, negotiateObject } from '../negotiation/accept.ts'
import { decodeBody } from '../negotiation/body.ts'
import { encode, isPretty } from '../negotiation/encode.ts'
import type { LabRequest, LabResponse, RequestInfo } from '../request.ts'
import { apiVersionOf } from '../resources/resource.ts'
import type { Review } from '../reviews.ts'
import { canonical } from '../schema/canonical.ts'
import { methodNotAllowed, noSuchRoute } from '../status.ts'
import { header, warning } from './exchange.ts'
import { readWriteOptions } from './write-options.ts'

/** @throws StatusError */
export function answerReview(
  review: Review,
  request: LabRequest,
  info: RequestInfo,
  { user, now, written }: { user: User; now: Date; written: readonly MediaType[] },
): LabResponse {
  if (review.namespaced !== (info.namespace !== '') || info.name !== '') throw noSuchRoute()
  if (request.method !== 'POST') throw methodNotAllowed()
  const { mediaType } = negotiateObject(header(request, 'accept'), { mediaTypes: written, conversions: 'none' })
  const { fieldValidation } = readWriteOptions(info.query, 'CreateOptions')
  const warnings: string[] = []
  const expected = { ...review, apiVersion: apiVersionOf(review) }
  const object = decodeBody(request.body, header(request, 'content-type'), expected, { fieldValidation, warnings })
  const { namespace } = info
  const answer = canonical(review.type, review.answer({ object, user, namespace, now }))
  return {
    status: 201,
    headers: [['Content-Type', mediaType], ...warnings.map((text) => ['Warning', warning(text)] as [string, string])],
    body: encode(answer, mediaType, isPretty(info.query, header(request, 'user-agent'))),
  }
}
