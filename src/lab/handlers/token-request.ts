/** POST of `serviceaccounts/NAME/token`. Source: pkg/registry/core/serviceaccount/storage/token.go, pkg/apis/authentication/validation. */
import type { ServiceAccountTokens } from '../authentication/service-account.ts'
import { type FieldError, invalid } from '../field-error.ts'
import { decodeBody } from '../negotiation/body.ts'
import type { LabResponse } from '../request.ts'
import { canonical } from '../schema/canonical.ts'
import { tokenRequestType } from '../schema/reviews.ts'
import { formatTime } from '../schema/time.ts'
import { badRequest, invalidObject, methodNotAllowed } from '../status.ts'
import { answer, type Exchange, header } from './exchange.ts'
import { readWriteOptions } from './write-options.ts'

const LEAST_SECONDS = 600
const MOST_SECONDS = 2 ** 32
const HOUR_SECONDS = 3600

const KIND = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' } as const

interface Spec {
  readonly audiences?: readonly string[] | null
  readonly expirationSeconds?: number
  readonly boundObjectRef?: { readonly kind?: string; readonly apiVersion?: string }
}

/** @throws StatusError 404 for an account that there is not, 422 for a lifetime that is none */
export function requestToken(exchange: Exchange, tokens: ServiceAccountTokens): LabResponse {
  const { info, now, registry, request, resource, warnings } = exchange
  if (request.method !== 'POST') throw methodNotAllowed()
  const { fieldValidation } = readWriteOptions(info.query, 'CreateOptions')
  const expected = { type: tokenRequestType, ...KIND }
  const object = decodeBody(request.body, header(request, 'content-type'), expected, { fieldValidation, warnings })
  const account = registry.get(resource, info.namespace, info.name)
  const spec = (object['spec'] ?? {}) as Spec
  const { expirationSeconds = HOUR_SECONDS, boundObjectRef } = spec
  if (boundObjectRef) {
    const { apiVersion = '', kind = '' } = boundObjectRef
    throw badRequest(`cannot bind token for serviceaccount "${info.name}" to type ${apiVersion}, Kind=${kind}`)
  }
  const errors = lifetimeErrors(expirationSeconds)
  if (errors.length > 0) throw invalidObject({ group: 'authentication.k8s.io', name: 'TokenRequest' }, '', errors)
  const audiences = spec.audiences?.length ? spec.audiences : [tokens.issuer]
  const expires = new Date(now.getTime() + expirationSeconds * 1000)
  const { name, namespace } = info
  const issued = {
    ...object,
    metadata: { name, namespace, creationTimestamp: formatTime(now) },
    spec: { ...spec, audiences, expirationSeconds },
    status: { token: tokens.issue({ account, audiences, expires, now }), expirationTimestamp: formatTime(expires) },
  }
  return answer(exchange, 201, canonical(tokenRequestType, issued))
}

function lifetimeErrors(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds'
  if (seconds < LEAST_SECONDS) return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')]
  if (seconds > MOST_SECONDS) return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
  return []
}
