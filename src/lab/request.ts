/** What a request is about, read from method and path alone. Source: `staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`. */

/** A request without its transport: an HTTPS server, a nock interceptor and tests all make these. */
export interface LabRequest {
  method: string
  /** Path and query as sent, percent-encoded. */
  path: string
  /** Lower-case names; a header sent twice has two values. */
  headers: Readonly<Record<string, readonly string[]>>
  body?: Uint8Array
  /** DER of the client's certificate and of those it sent along. */
  clientCertificates?: readonly Uint8Array[]
  /** Of the client, where there is a network. */
  remoteAddress?: string
  /** Aborted when the client has gone. */
  signal?: AbortSignal
}

/** Largest body that is taken, bytes. Source: apiserver pkg/server/config.go, MaxRequestBodyBytes. */
export const LARGEST_BODY = 3 * 1024 * 1024

export interface LabResponse {
  status: number
  headers: [name: string, value: string][]
  /** A whole body, or the chunks of a watch. */
  body: Uint8Array | AsyncIterable<Uint8Array>
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

export interface RequestInfo {
  isResource: boolean
  /** The path without query, still encoded. */
  path: string
  /** For resources a {@link Verb}, else the method in lower case. */
  verb: string
  prefix: string
  group: string
  version: string
  namespace: string
  resource: string
  subresource: string
  name: string
  parts: string[]
  query: URLSearchParams
}

const METHOD_VERBS: Record<string, string> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

export function readRequestInfo(method: string, target: string): RequestInfo {
  const [path = '', search = ''] = target.split(/\?(.*)/s)
  const query = new URLSearchParams(search)
  const info: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    prefix: '',
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: [],
    query,
  }
  let parts = path
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .map(decode)
  if (parts.length < 3) return info
  const prefix = parts[0] ?? ''
  if (prefix !== 'api' && prefix !== 'apis') return info
  info.prefix = prefix
  parts = parts.slice(1)
  if (prefix === 'apis') {
    if (parts.length < 3) return info
    info.group = parts[0] ?? ''
    parts = parts.slice(1)
  }
  info.isResource = true
  info.version = parts[0] ?? ''
  parts = parts.slice(1)
  if (parts[0] === 'watch' || parts[0] === 'proxy') {
    if (parts.length < 2) return info
    info.verb = parts[0]
    parts = parts.slice(1)
  } else info.verb = METHOD_VERBS[method] ?? ''

  if (parts[0] === 'namespaces') {
    if (parts.length > 1) {
      info.namespace = parts[1] ?? ''
      if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '')) parts = parts.slice(2)
    }
  }
  info.parts = parts
  info.resource = parts[0] ?? ''
  info.name = parts[1] ?? ''
  info.subresource = parts[2] ?? ''

  if (info.name === '' && info.verb === 'get') {
    info.name = nameInFieldSelector(query.get('fieldSelector') ?? '') ?? ''
    info.verb = queryFlag(query, 'watch') ? 'watch' : 'list'
  } else if (info.name === '' && info.verb === 'watch') {
    info.name = nameInFieldSelector(query.get('fieldSelector') ?? '') ?? ''
  }
  if (info.name === '' && info.verb === 'delete') info.verb = 'deletecollection'
  return info
}

/** A boolean query parameter; anything but `false` and `0` counts as true, an empty one too. Source: `runtime.Convert_Slice_string_To_bool`. */
export function queryFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value.toLowerCase() !== 'false' && value !== '0'
}

/** The one name that a field selector allows, if it does. */
export function nameInFieldSelector(selector: string): string | undefined {
  const terms = selector.split(',').map((term) => /^metadata\.name==?([^=]*)$/.exec(term)?.[1])
  return terms.find((name) => name !== undefined && name !== '')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
