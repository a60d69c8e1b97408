/** The API server without its transport: who, may they, what. Source: apiserver pkg/server/config.go, DefaultBuildHandlerChain. */
import type { Clock } from '../clock.ts'
import type { Authenticator } from './authentication/authenticate.ts'
import { impersonate, ImpersonationError } from './authentication/impersonation.ts'
import type { User } from './authentication/user.ts'
import { attributesOf, type Authorize, type Decision, describeDenial } from './authorization/authorizer.ts'
import { discovery, versionDocument } from './discovery.ts'
import type { Generation } from './generation.ts'
import { header, openExchange, warning } from './handlers/exchange.ts'
import { answerResource } from './handlers/resource.ts'
import { negotiate } from './negotiation/accept.ts'
import { decodeBody } from './negotiation/body.ts'
import { json } from './json-response.ts'
import { encode, isPretty, WRITTEN } from './negotiation/encode.ts'
import type { Registry } from './registry/registry.ts'
import { type LabRequest, type LabResponse, readRequestInfo, type RequestInfo } from './request.ts'
import { resources } from './resources/resources.ts'
import { apiVersionOf } from './resources/resource.ts'
import type { Review } from './reviews.ts'
import { forbidden, methodNotAllowed, noSuchRoute, StatusError, unauthorized, unknownError } from './status.ts'
import type { Store } from './storage.ts'

export interface ApiServerParts {
  readonly store: Store
  readonly registry: Registry
  readonly authenticator: Authenticator
  readonly authorize: Authorize
  readonly reviews: readonly Review[]
  readonly generation: Generation
  readonly clock: Clock
}

/** An answer, and what came out on the way to it. */
export interface Exchange {
  readonly response: LabResponse
  /** Who sent the request; undefined when the credentials were refused. */
  readonly requester?: User
  /** As whom it was carried out: the requester, unless impersonating. */
  readonly user?: User
  /** Of authorization, where it came to that. */
  readonly decision?: Decision
}

export interface ApiServer {
  /** Who sends a request; undefined when the credentials are refused. */
  requesterOf(request: LabRequest): User | undefined
  exchange(request: LabRequest): Exchange
}

export function createApiServer(parts: ApiServerParts): ApiServer {
  const { authenticator, authorize, clock, generation, registry, reviews, store } = parts

  function exchange(request: LabRequest): Exchange {
    const known: Partial<Writable<Exchange>> = {}
    /** They go out with errors as well. */
    const warnings: string[] = []
    try {
      const requester = authenticator.request(request)
      if (!requester) throw unauthorized()
      known.requester = requester
      known.user = impersonate(requester, request.headers, authorize)
      const response = answer(request, known.user, known, warnings)
      return { ...known, response }
    } catch (error) {
      // Headers that make no sense are answered with 500 as well.
      const text = error instanceof ImpersonationError ? error.message : 'the lab has a defect here'
      return {
        ...known,
        response: failure(error instanceof StatusError ? error : unknownError(text), request, warnings),
      }
    }
  }

  function answer(
    request: LabRequest,
    user: User,
    known: Partial<Writable<Exchange>>,
    warnings: string[],
  ): LabResponse {
    const info = readRequestInfo(request.method, request.path)
    const attributes = attributesOf(user, info)
    const decision = authorize(attributes)
    known.decision = decision
    if (!decision.allowed) {
      throw forbidden(
        { group: info.group, name: info.resource },
        info.name,
        describeDenial(attributes, decision.reason),
      )
    }
    if (!info.isResource || info.resource === '') return json(200, documentAt(info))
    const review = reviews.find(
      ({ group, version, plural }) => group === info.group && version === info.version && plural === info.resource,
    )
    if (review) return answerReview(review, request, user)
    const resource = resources.find(
      ({ group, version, plural }) => group === info.group && version === info.version && plural === info.resource,
    )
    if (!resource || (info.subresource !== '' && !(info.subresource in (resource.subresources ?? {}))))
      throw noSuchRoute()
    const now = clock.now()
    const open = { resource, info, request, user, now, generation, store, registry, authorize, warnings }
    return answerResource(openExchange(open))
  }

  function documentAt({ path }: RequestInfo): object {
    if (path === '/version') return versionDocument(generation)
    const document = discovery(path.replace(/\/$/, ''), resources, reviews)
    if (!document) throw noSuchRoute()
    return document
  }

  function answerReview(review: Review, { method, body, headers }: LabRequest, user: User): LabResponse {
    if (method !== 'POST') throw methodNotAllowed()
    const object = decodeBody(body, headers['content-type']?.[0], { ...review, apiVersion: apiVersionOf(review) })
    return json(201, review.answer(object, user))
  }

  return {
    requesterOf: (request) => authenticator.request(request),
    exchange: (request) => {
      const path = request.path.split('?')[0] ?? ''
      // Health is everybody's to know; the real server grants it by ClusterRole system:public-info-viewer.
      if (/^\/(healthz|livez|readyz)$/.test(path) && request.method === 'GET') return { response: text(200, 'ok') }
      return exchange(request)
    },
  }
}

/** An error in a form that the client takes, if there is one; else in JSON all the same. */
function failure(error: StatusError, request: LabRequest, warnings: readonly string[]): LabResponse {
  const offer = { mediaTypes: WRITTEN, conversions: 'none' } as const
  const mediaType = negotiate(header(request, 'accept'), offer)?.mediaType ?? 'application/json'
  const pretty = isPretty(new URLSearchParams(request.path.split('?')[1]), header(request, 'user-agent'))
  const headers: LabResponse['headers'] = [['Content-Type', mediaType]]
  for (const text of warnings) headers.push(['Warning', warning(text)])
  const seconds = error.details?.retryAfterSeconds
  if (seconds) headers.push(['Retry-After', String(seconds)])
  return { status: error.status, headers, body: encode(error.object(), mediaType, pretty) }
}

function text(status: number, body: string): LabResponse {
  return { status, headers: [['Content-Type', 'text/plain; charset=utf-8']], body: Buffer.from(body) }
}

type Writable<T> = { -readonly [key in keyof T]: T[key] }
