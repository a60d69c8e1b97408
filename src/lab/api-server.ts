/** The API server without its transport: who, may they, what. Source: apiserver pkg/server/config.go, DefaultBuildHandlerChain. */
import type { Clock } from '../clock.ts'
import { admit } from './admission.ts'
import type { Authenticator } from './authentication/authenticate.ts'
import { impersonate, ImpersonationError } from './authentication/impersonation.ts'
import type { User } from './authentication/user.ts'
import { attributesOf, type Authorize, type Decision, describeDenial } from './authorization/authorizer.ts'
import { discovery, versionDocument } from './discovery.ts'
import type { Generation } from './generation.ts'
import { answerList, answerOne, bookmark, type Form, formOf } from './negotiation/answer.ts'
import { decodeBody } from './negotiation/body.ts'
import { json, statusResponse } from './json-response.ts'
import type { Registry } from './registry/registry.ts'
import { readSelector } from './registry/selector.ts'
import { type LabRequest, type LabResponse, queryFlag, readRequestInfo, type RequestInfo } from './request.ts'
import { resources } from './resources/resources.ts'
import { apiVersionOf, type Resource } from './resources/resource.ts'
import type { Review } from './reviews.ts'
import {
  badRequest,
  forbidden,
  methodNotAllowed,
  noSuchRoute,
  StatusError,
  unauthorized,
  unknownError,
} from './status.ts'
import type { KubeObject, Store } from './storage.ts'

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
    try {
      const requester = authenticator.request(request)
      if (!requester) throw unauthorized()
      known.requester = requester
      known.user = impersonate(requester, request.headers, authorize)
      const response = answer(request, known.user, known)
      return { ...known, response }
    } catch (error) {
      // Headers that make no sense are answered with 500 as well.
      const text = error instanceof ImpersonationError ? error.message : 'the lab has a defect here'
      return { ...known, response: statusResponse(error instanceof StatusError ? error : unknownError(text)) }
    }
  }

  function answer(request: LabRequest, user: User, known: Partial<Writable<Exchange>>): LabResponse {
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
    return answerResource(resource, info, request, user)
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

  function answerResource(resource: Resource, info: RequestInfo, request: LabRequest, user: User): LabResponse {
    const now = clock.now()
    const context = { user, now }
    const form = formOf(request.headers['accept']?.[0])
    const { namespace, name, subresource, query } = info
    const body = (): KubeObject => {
      const expected = { type: resource.type, apiVersion: apiVersionOf(resource), kind: resource.kind }
      const object = decodeBody(request.body, request.headers['content-type']?.[0], expected)
      return { ...object, metadata: object['metadata'] ?? {} } as KubeObject
    }
    const admitted = (object: KubeObject): KubeObject => {
      const old = info.verb === 'update' ? registry.get(resource, namespace, name) : undefined
      admit({ resource, info, object, old, user, authorize, generation })
      return object
    }
    switch (info.verb) {
      case 'create':
        return json(
          201,
          answerOne(
            resource,
            registry.create(resource, namespace, admitted(body()), context, query.has('dryRun')),
            form,
            now,
          ),
        )
      case 'get':
        return json(200, answerOne(resource, registry.get(resource, namespace, name), form, now))
      case 'list': {
        const { items, resourceVersion } = registry.list(resource, namespace, readSelector(query, resource))
        return json(200, answerList(resource, items, resourceVersion, form, now))
      }
      case 'watch':
        return watching(resource, info, request, form)
      case 'update':
        return json(
          200,
          answerOne(
            resource,
            registry.update(resource, { namespace, name, subresource }, admitted(body()), context),
            form,
            now,
          ),
        )
      case 'delete': {
        const { metadata } = registry.delete(resource, namespace, name)
        const details = { name, group: resource.group, kind: resource.plural, uid: metadata.uid }
        return json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
      }
      default:
        throw methodNotAllowed()
    }
  }

  function watching(
    resource: Resource,
    { namespace, query }: RequestInfo,
    { signal }: LabRequest,
    form: Form,
  ): LabResponse {
    const version = query.get('resourceVersion') ?? ''
    if (!/^\d*$/.test(version)) throw badRequest(`invalid resource version "${version}"`)
    const seconds = Number(query.get('timeoutSeconds') ?? 1800)
    const ended = AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(Math.min(seconds, 86_400) * 1000)])
    const selector = readSelector(query, resource)
    const after = version === '' || version === '0' ? undefined : Number(version)
    if (after !== undefined && store.since(`${resource.plural}.${resource.group}`, after) === undefined) {
      // The status line is 200 all the same: the fault is the first and only event.
      const gone = new StatusError(410, 'Expired', `too old resource version: ${after} (${store.revision})`)
      return {
        status: 200,
        headers: [['Content-Type', 'application/json']],
        body: once({ type: 'ERROR', object: gone.object() }),
      }
    }
    async function* lines(): AsyncGenerator<Uint8Array> {
      for await (const { type, object } of registry.watch(resource, namespace, selector, after, ended)) {
        yield line({ type, object: answerOne(resource, object, form, clock.now()) })
      }
      if (queryFlag(query, 'allowWatchBookmarks') && !signal?.aborted) {
        yield line({ type: 'BOOKMARK', object: bookmark(resource, String(store.revision), form) })
      }
    }
    return { status: 200, headers: [['Content-Type', 'application/json']], body: lines() }
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

async function* once(event: object): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(line(event))
}

function line(event: object): Uint8Array {
  return Buffer.from(JSON.stringify(event) + '\n')
}

function text(status: number, body: string): LabResponse {
  return { status, headers: [['Content-Type', 'text/plain; charset=utf-8']], body: Buffer.from(body) }
}

type Writable<T> = { -readonly [key in keyof T]: T[key] }
