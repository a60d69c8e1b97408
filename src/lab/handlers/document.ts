/** Paths that are no resources: health, version, discovery. Source: apiserver pkg/server/{handler,routes}, pkg/endpoints/discovery. */
import { aggregatedDiscovery } from '../aggregated-discovery.ts'
import { type Served, discovery, versionDocument } from '../discovery.ts'
import type { Generation } from '../generation.ts'
import { health } from '../health.ts'
import { type MediaType, negotiate, negotiateObject } from '../negotiation/accept.ts'
import { encode, isPretty } from '../negotiation/encode.ts'
import type { LabRequest, LabResponse, RequestInfo } from '../request.ts'
import { methodNotAllowed, noSuchRoute, notAcceptable } from '../status.ts'
import { header } from './exchange.ts'

/** Keeps browsers from guessing what a text is. */
export const NO_SNIFF: [string, string] = ['X-Content-Type-Options', 'nosniff']

export interface DocumentParts {
  readonly served: readonly Served[]
  readonly generation: Generation
  readonly storeDown: boolean
  /** The media types of answers. */
  readonly written: readonly MediaType[]
}

/** @throws StatusError */
export function answerDocument(
  request: LabRequest,
  { path, query }: RequestInfo,
  { served, generation, storeDown, written }: DocumentParts,
): LabResponse {
  const checked = health(path, query, storeDown)
  if (checked) return plainText(checked.status, checked.text, checked.whole)
  const isVersion = /^\/version\/?$/.test(path)
  const document = isVersion
    ? versionDocument(generation)
    : discovery(path, served, generation, header(request, 'host') ?? '')
  if (!document) return isKnown(path, served) ? missing() : pageNotFound()
  if (request.method !== 'GET') throw methodNotAllowed()
  const accept = header(request, 'accept')
  const asked = { accept, ifNoneMatch: header(request, 'if-none-match'), written }
  const aggregated = aggregatedDiscovery(path, asked, served, generation)
  if (aggregated) return aggregated
  if (isVersion && !negotiate(accept, { mediaTypes: ['application/json'], conversions: 'none' })) {
    throw notAcceptable('406: Not Acceptable\n\nAvailable representations: application/json', {})
  }
  const mediaTypes = isVersion ? (['application/json'] as const) : written
  // The list of paths is JSON whatever is accepted: it is of no kind. Source: apiserver pkg/server/routes/index.go.
  const { mediaType } =
    path === '/'
      ? ({ mediaType: 'application/json' } as const)
      : negotiateObject(accept, { mediaTypes, conversions: 'none' })
  return {
    status: 200,
    headers: [['Content-Type', mediaType]],
    body: encode(document, mediaType, isPretty(query, header(request, 'user-agent'))),
  }
}

/** For paths of groups that the server does not have at all. */
export function pageNotFound(): LabResponse {
  return plainText(404, '404 page not found\n', true)
}

/** Whether a path belongs to a group that is there, so that what is missing there is told as a Status. */
export function isKnown(path: string, served: readonly Served[]): boolean {
  const [, prefix, group = ''] = path.split('/')
  return prefix === 'api' || (prefix === 'apis' && group !== '' && served.some((one) => one.group === group))
}

export function plainText(status: number, text: string, noSniff: boolean): LabResponse {
  const headers: LabResponse['headers'] = [['Content-Type', 'text/plain; charset=utf-8']]
  return { status, headers: noSniff ? [...headers, NO_SNIFF] : headers, body: Buffer.from(text) }
}

function missing(): never {
  throw noSuchRoute()
}
