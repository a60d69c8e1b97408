/** The API server without its transport: who, may they, what. Source: apiserver pkg/server/config.go, DefaultBuildHandlerChain. */
import type { Clock } from '../clock.ts'
import { type Authenticator, hasSpaceBeforeToken, SPACE_BEFORE_TOKEN } from './authentication/authenticate.ts'
import { impersonate, ImpersonationError } from './authentication/impersonation.ts'
import type { ServiceAccountTokens } from './authentication/service-account.ts'
import type { User } from './authentication/user.ts'
import { attributesOf, type Authorize, type Decision, describeDenial } from './authorization/authorizer.ts'
import type { Generation } from './generation.ts'
import { header, openExchange, warning } from './handlers/exchange.ts'
import { answerDocument, isKnown, NO_SNIFF, pageNotFound, plainText } from './handlers/document.ts'
import { answerOpenApi } from './handlers/openapi.ts'
import { answerResource } from './handlers/resource.ts'
import { answerReview } from './handlers/review.ts'
import { requestToken } from './handlers/token-request.ts'
import { type MediaType, negotiate, writtenTypes } from './negotiation/accept.ts'
import { encode, isPretty } from './negotiation/encode.ts'
import { openApiOf } from './openapi/documents.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import { type LabRequest, type LabResponse, readRequestInfo, type RequestInfo } from './request.ts'
import { resources } from './resources/resources.ts'
import { requestTimeoutMs } from './request-timeout.ts'
import type { Review } from './reviews.ts'
import { forbidden, methodNotAllowed, noSuchRoute, StatusError, unauthorized, unknownError } from './status.ts'
import type { Store } from './storage.ts'
import { downed, ranOut, readsCache, StoreDownError } from './store-down.ts'

/** Other methods are not routed. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export interface ApiServerParts {
  readonly store: Store
  readonly registry: Registry
  readonly authenticator: Authenticator
  readonly authorize: Authorize
  readonly reviews: readonly Review[]
  readonly generation: Generation
  /** Whether answers may be in protobuf. */
  readonly protobuf: boolean
  readonly clock: Clock
  /** Of service accounts. */
  readonly tokens: ServiceAccountTokens
}

/** An answer, and what came out on the way to it. */
export interface Exchange {
  readonly response: LabResponse
  /** What the request is about. */
  readonly info: RequestInfo
  /** Who sent the request; undefined when the credentials were refused. */
  readonly requester?: User
  /** As whom it was carried out: the requester, unless impersonating. */
  readonly user?: User
  /** Of authorization, where it came to that. */
  readonly decision?: Decision
  /** How long the client waits for it, ms; at once unless set. */
  readonly afterMs?: number
}

/** The state in which a request finds the server. */
export interface Condition {
  /** The store does not answer; caches do. */
  readonly storeDown: boolean
}

const HEALTHY: Condition = { storeDown: false }

export interface ApiServer {
  /** Who sends a request; undefined when the credentials are refused. */
  requesterOf(request: LabRequest): User | undefined
  /** As whom it will be carried out; undefined also for one who may not be whom the request says. */
  userOf(request: LabRequest): User | undefined
  exchange(request: LabRequest, condition?: Condition): Exchange
}

export function createApiServer(parts: ApiServerParts): ApiServer {
  const { authenticator, authorize, clock, generation, registry, reviews, store, tokens } = parts
  const served = [...resources, ...reviews]
  const openApi = openApiOf(served, generation)
  const started = clock.now()
  const written = writtenTypes(parts.protobuf)
  const down = downed(store)
  const downRegistry = createRegistry(down)

  function exchange(request: LabRequest, condition = HEALTHY): Exchange {
    const info = readRequestInfo(request.method, request.path)
    const known: Known = { info }
    /** They go out with errors as well. */
    const warnings: string[] = []
    try {
      if (info.verb !== 'watch') requestTimeoutMs(info.query)
      if (hasSpaceBeforeToken(request)) warnings.push(SPACE_BEFORE_TOKEN)
      const requester = authenticator.request(request)
      if (!requester) throw unauthorized()
      known.requester = requester
      known.user = impersonate(requester, request.headers, authorize)
      const response = answer(request, info, known, { ...condition, user: known.user, warnings })
      return { ...known, response }
    } catch (error) {
      if (error instanceof ImpersonationError) {
        const where = JSON.stringify(request.path.split('?')[0])
        return { ...known, response: plainText(500, `Internal Server Error: ${where}: ${error.message}\n`, true) }
      }
      if (error instanceof StoreDownError) {
        const { answer: late, afterMs } = ranOut(info)
        return {
          ...known,
          afterMs,
          response: late instanceof StatusError ? failure(late, request, { warnings, written }) : late,
        }
      }
      const status = error instanceof StatusError ? error : unknownError('the lab has a defect here')
      return { ...known, response: failure(status, request, { warnings, written }) }
    }
  }

  function answer(
    request: LabRequest,
    info: RequestInfo,
    known: Known,
    { storeDown, user, warnings }: Condition & { user: User; warnings: string[] },
  ): LabResponse {
    const attributes = attributesOf(user, info)
    const decision = authorize(attributes)
    known.decision = decision
    if (!decision.allowed) {
      const why = describeDenial(attributes, decision.reason)
      const error = forbidden({ group: info.group, name: info.resource }, info.name, why)
      const denied = failure(error, request, { warnings, written })
      return { ...denied, headers: [...denied.headers, NO_SNIFF] }
    }
    if (!info.isResource || info.resource === '') {
      const opened = answerOpenApi(request, info, { openApi, started, now: clock.now() })
      return opened ?? answerDocument(request, info, { served, generation, storeDown, written })
    }
    if (!isKnown(info.path, served)) return pageNotFound()
    if (!METHODS.includes(request.method)) throw methodNotAllowed()
    const now = clock.now()
    const review = reviews.find(
      ({ group, version, plural }) => group === info.group && version === info.version && plural === info.resource,
    )
    if (review) return answerReview(review, request, info, { user, now, written })
    const resource = resources.find(
      ({ group, version, plural }) => group === info.group && version === info.version && plural === info.resource,
    )
    const { posted = {}, subresources = {} } = resource ?? {}
    const { subresource } = info
    if (!resource || (subresource !== '' && !(subresource in subresources) && !(subresource in posted)))
      throw noSuchRoute()
    if (info.parts.length > 3) throw noSuchRoute()
    // A namespace lies in itself where authorization is concerned, and nowhere else.
    const scoped = resource.plural === 'namespaces' ? { ...info, namespace: '' } : info
    const behind = storeDown && !readsCache(info) ? { store: down, registry: downRegistry } : { store, registry }
    const open = openExchange({
      ...behind,
      resource,
      info: scoped,
      request,
      user,
      now,
      clock,
      generation,
      authorize,
      warnings,
      written,
    })
    return subresource in posted ? requestToken(open, tokens) : answerResource(open)
  }

  function userOf(request: LabRequest): User | undefined {
    const requester = authenticator.request(request)
    try {
      return requester && impersonate(requester, request.headers, authorize)
    } catch {
      return undefined
    }
  }

  return {
    requesterOf: (request) => authenticator.request(request),
    userOf,
    exchange,
  }
}

/** An error in a form that the client takes, if there is one; else in JSON all the same. */
function failure(
  error: StatusError,
  request: LabRequest,
  { warnings, written }: { warnings: readonly string[]; written: readonly MediaType[] },
): LabResponse {
  const offer = { mediaTypes: written, conversions: 'none' } as const
  const mediaType = negotiate(header(request, 'accept'), offer)?.mediaType ?? 'application/json'
  const pretty = isPretty(new URLSearchParams(request.path.split('?')[1]), header(request, 'user-agent'))
  const headers: LabResponse['headers'] = [['Content-Type', mediaType]]
  for (const text of warnings) headers.push(['Warning', warning(text)])
  const seconds = error.details?.retryAfterSeconds
  if (seconds) headers.push(['Retry-After', String(seconds)])
  return { status: error.status, headers, body: encode(error.object(), mediaType, pretty) }
}

type Writable<T> = { -readonly [key in keyof T]: T[key] }
/** What has come out so far. */
type Known = Partial<Writable<Exchange>> & Pick<Exchange, 'info'>
