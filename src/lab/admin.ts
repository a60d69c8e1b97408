/** The laboratory's own endpoint, beside the Kubernetes API: what is set at the start can be read and changed while the lab runs. */
import type { GenericSchema } from 'valibot'
import type { ApiServer } from './api-server.ts'
import { attributesOf, describeDenial } from './authorization/authorizer.ts'
import { DocumentError, readDocument } from './documents/document.ts'
import { json, statusResponse } from './json-response.ts'
import { type LabRequest, type LabResponse, readRequestInfo } from './request.ts'
import {
  badRequest,
  forbidden,
  methodNotAllowed,
  noSuchRoute,
  StatusError,
  unauthorized,
  unsupportedMediaType,
} from './status.ts'

/** Something that can be read and changed at `/lab/NAME`. */
export interface AdminRoute<T = unknown> {
  readonly get?: () => object
  readonly put?: Change<T>
  /** Back to the defaults. */
  readonly delete?: () => void
  readonly post?: Change<T>
}

interface Change<T> {
  readonly schema: GenericSchema<unknown, T>
  readonly apply: (value: T) => void
}

/** A change whose values are of the schema's type. */
export const changeOf = <T>(schema: GenericSchema<unknown, T>, apply: (value: T) => void): Change<unknown> => ({
  schema,
  apply: apply as (value: unknown) => void,
})

const PREFIX = '/lab/'

/** Whether a path is the laboratory's own. */
export const isAdminPath = (path: string): boolean => path.startsWith(PREFIX)

/** Answers a request to `/lab/…`; only members of system:masters are let in. */
export function answerAdmin(
  request: LabRequest,
  routes: Readonly<Record<string, AdminRoute>>,
  { requesterOf }: Pick<ApiServer, 'requesterOf'>,
): LabResponse {
  try {
    const user = requesterOf(request)
    if (!user) throw unauthorized()
    const info = readRequestInfo(request.method, request.path)
    if (!user.groups.includes('system:masters')) {
      throw forbidden({ group: '', name: '' }, '', describeDenial(attributesOf(user, info), ''))
    }
    const name = info.path.slice(PREFIX.length)
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined
    if (!route) throw noSuchRoute()
    return answerRoute(route, request)
  } catch (error) {
    if (error instanceof StatusError) return statusResponse(error)
    if (error instanceof DocumentError) return statusResponse(badRequest(error.message))
    throw error
  }
}

function answerRoute(route: AdminRoute, { method, headers, body }: LabRequest): LabResponse {
  const change = method === 'PUT' ? route.put : method === 'POST' ? route.post : undefined
  if (change) {
    if (!isTyped(headers)) {
      throw unsupportedMediaType('send application/json or application/yaml')
    }
    change.apply(readDocument(change.schema, Buffer.from(body ?? []).toString(), 'request body'))
  } else if (method === 'DELETE' && route.delete) route.delete()
  else if (method !== 'GET' || !route.get) throw methodNotAllowed()
  return json(method === 'POST' ? 202 : 200, route.get?.() ?? SUCCESS)
}

/** Nothing that a browser sends without asking first: a page elsewhere cannot change a lab through its visitor. */
function isTyped(headers: LabRequest['headers']): boolean {
  const type = (headers['content-type']?.[0] ?? '').split(';')[0]?.trim()
  // `kubectl replace --raw` names no type; a page can do so as well, but its browser says that it is one.
  if (type === '') return !('origin' in headers) && !('sec-fetch-site' in headers)
  return type === 'application/json' || type === 'application/yaml'
}

const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
