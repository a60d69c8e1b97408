/** GET of /openapi/v2, and below /openapi/v3 with the caching that clients rely on. Source: kube-openapi pkg/handler3/handler.go. */
import { negotiate } from '../negotiation/accept.ts'
import type { OpenApi } from '../openapi/documents.ts'
import { PROTOBUF_V2 } from '../openapi/version-2.ts'
import type { LabRequest, LabResponse, RequestInfo } from '../request.ts'
import { methodNotAllowed } from '../status.ts'
import { header } from './exchange.ts'

const ROOT = '/openapi/v3'
const YEAR_MS = 365 * 24 * 3600 * 1000
/** It is JSON, but the real server says so. */
const TEXT: [string, string] = ['Content-Type', 'text/plain; charset=utf-8']

export interface OpenApiParts {
  readonly openApi: OpenApi
  /** When the API server was started: older documents are none of its. */
  readonly started: Date
  readonly now: Date
}

/** Undefined for paths that have no document. @throws StatusError 405 */
export function answerOpenApi(
  request: LabRequest,
  { path, query }: RequestInfo,
  { openApi, started, now }: OpenApiParts,
): LabResponse | undefined {
  if (path === '/openapi/v2') return answerVersion2(request, openApi)
  const isIndex = path === ROOT || path === `${ROOT}/`
  const document = isIndex ? undefined : openApi.document(path.slice(ROOT.length + 1))
  if (!path.startsWith(ROOT) || (!isIndex && !document)) return undefined
  if (request.method !== 'GET') throw methodNotAllowed()
  const modified: [string, string] = ['Last-Modified', started.toUTCString()]
  if (!document) {
    const since = Date.parse(header(request, 'if-modified-since') ?? '')
    // The header has whole seconds.
    if (since >= Math.trunc(started.getTime() / 1000) * 1000) return { status: 304, headers: [modified], body: EMPTY }
    return { status: 200, headers: [TEXT, modified], body: Buffer.from(openApi.index()) }
  }
  const vary: [string, string] = ['Vary', 'Accept']
  if (!negotiate(header(request, 'accept'), { mediaTypes: ['application/json'], conversions: 'none' }))
    return { status: 406, headers: [vary], body: EMPTY }
  const etag = `"${document.hash}"`
  const headers: LabResponse['headers'] = [['Etag', etag], vary]
  const asked = query.get('hash')
  if (asked !== null && asked !== document.hash) {
    const location = `${path}?hash=${document.hash}`
    const body = Buffer.from(`<a href="${location}">Moved Permanently</a>.\n\n`)
    return {
      status: 301,
      headers: [...headers, ['Content-Type', 'text/html; charset=utf-8'], ['Location', location]],
      body,
    }
  }
  if (asked !== null) {
    const expires = new Date(now.getTime() + YEAR_MS).toUTCString().replace('GMT', 'UTC')
    headers.push(['Cache-Control', 'public, immutable'], ['Expires', expires])
  }
  if (header(request, 'if-none-match') === etag) return { status: 304, headers, body: EMPTY }
  return { status: 200, headers: [...headers, TEXT, modified], body: Buffer.from(document.json) }
}

function answerVersion2(request: LabRequest, openApi: OpenApi): LabResponse {
  if (request.method !== 'GET') throw methodNotAllowed()
  const vary: [string, string] = ['Vary', 'Accept-Encoding, Accept']
  const { json, protobuf } = openApi.version2()
  if (!header(request, 'accept')?.includes(PROTOBUF_V2)) return { status: 200, headers: [TEXT, vary], body: json }
  return { status: 200, headers: [['Content-Type', 'application/octet-stream'], vary], body: protobuf }
}

const EMPTY = Buffer.alloc(0)
