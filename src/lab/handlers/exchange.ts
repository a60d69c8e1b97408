/** One request for a resource, as the handlers of its verbs see it. */
import type { Clock } from '../../clock.ts'
import type { User } from '../authentication/user.ts'
import type { Authorize } from '../authorization/authorizer.ts'
import type { Generation } from '../generation.ts'
import { type Accepted, type MediaType, negotiateObject } from '../negotiation/accept.ts'
import { encode, isPretty } from '../negotiation/encode.ts'
import { type Form, formOf, listInForm, oneInForm } from '../negotiation/form.ts'
import type { List } from '../registry/list.ts'
import type { Registry } from '../registry/registry.ts'
import type { LabRequest, LabResponse, RequestInfo } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import type { KubeObject, Store } from '../storage.ts'

export interface Exchange {
  readonly resource: Resource
  readonly info: RequestInfo
  readonly request: LabRequest
  readonly user: User
  readonly now: Date
  readonly clock: Clock
  readonly generation: Generation
  readonly store: Store
  readonly registry: Registry
  readonly authorize: Authorize
  readonly accepted: Accepted
  readonly form: Form
  /** The media types of answers. */
  readonly written: readonly MediaType[]
  /** Put into the answer as `Warning` headers. */
  readonly warnings: string[]
}

/** @throws StatusError 406 */
export function openExchange(given: Omit<Exchange, 'accepted' | 'form'>): Exchange {
  const { info, request } = given
  // Only status has columns besides the object itself.
  const conversions = info.subresource === '' || info.subresource === 'status' ? 'all' : 'metadata'
  const accepted = negotiateObject(header(request, 'accept'), { mediaTypes: given.written, conversions })
  return { ...given, accepted, form: formOf(accepted.conversion, info.query) }
}

/** The first value of a header. */
export function header({ headers }: LabRequest, name: string): string | undefined {
  return headers[name]?.[0]
}

export function answerObject(exchange: Exchange, status: number, object: KubeObject): LabResponse {
  return answer(exchange, status, oneInForm(exchange.resource, object, exchange.form, exchange.now))
}

export function answerList(exchange: Exchange, list: List): LabResponse {
  return answer(exchange, 200, listInForm(exchange.resource, list, exchange.form, exchange.now))
}

export function answer({ accepted, info, request, warnings }: Exchange, status: number, body: object): LabResponse {
  const pretty = isPretty(info.query, header(request, 'user-agent'))
  return {
    status,
    headers: [
      ['Content-Type', accepted.mediaType],
      ...warnings.map((text) => ['Warning', warning(text)] as [string, string]),
    ],
    body: encode(body, accepted.mediaType, pretty),
  }
}

/** Source: apiserver pkg/warning; the agent is left out as `-`. */
export function warning(text: string): string {
  return `299 - "${text.replace(/["\\]/g, (char) => `\\${char}`)}"`
}
