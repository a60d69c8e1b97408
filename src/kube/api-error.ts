import { CertletError, type FailureCode } from '../errors.ts'
import { excerpt, shellWord } from '../one-line.ts'

/** What an API server answered instead of what was asked for. Source: apimachinery pkg/apis/meta/v1/types.go, Status. */
export interface ApiStatus {
  /** HTTP status code. */
  readonly code: number
  /** Machine-readable, like `AlreadyExists`; empty when the answer was not a Status. */
  readonly reason: string
  readonly message: string
  /** Of a 422: one line each, `spec.usages: Unsupported value …`. */
  readonly causes: readonly string[]
  /** How long the server asks to be left alone, from Retry-After. */
  readonly retryAfterMs?: number
}

/** No server means more than this by Retry-After, s: a day. */
const LONGEST_WAIT_S = 86_400

/** An answer of the API server that is an error. `status` says which; the message never holds the body or a header. */
export class ApiError extends CertletError {
  readonly status: ApiStatus

  constructor(code: FailureCode, message: string, status: ApiStatus, hint?: string) {
    super(code, message, {
      ...(hint !== undefined && { hint }),
      ...(status.retryAfterMs !== undefined && { retryAfterMs: status.retryAfterMs }),
    })
    this.status = status
  }
}

/**
 * Translates an answer that is not a success.
 * @param doing - what was attempted: `create certificate signing request "x"`.
 * @param body - text of the answer; only a Status is used of it.
 */
export function apiErrorOf(
  doing: string,
  { status, headers, body }: { status: number; headers: Record<string, string>; body: string },
): ApiError {
  const parsed = readStatus(status, headers, body)
  const said = parsed.message === '' || parsed.message === parsed.reason ? '' : `: ${parsed.message}`
  const causes = parsed.causes.map((cause) => `\n  ${cause}`).join('')
  const message = `Cannot ${doing}: the API server answered ${status}${parsed.reason ? ` ${parsed.reason}` : ''}${said}${causes}`
  return new ApiError(codeOf(status), message, parsed, hintOf(parsed))
}

function readStatus(code: number, headers: Record<string, string>, body: string): ApiStatus {
  let document: { kind?: unknown; reason?: unknown; message?: unknown; details?: unknown } = {}
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status') document = value
  } catch {
    // Proxies and load balancers answer with a page; the status code is all that is of use.
  }
  const details = document.details as { causes?: unknown; retryAfterSeconds?: unknown } | undefined
  const causes = Array.isArray(details?.causes) ? (details.causes as unknown[]) : []
  const seconds = details?.retryAfterSeconds
  const wait = Number(headers['retry-after'] ?? (typeof seconds === 'number' ? seconds : NaN))
  return {
    code,
    reason: excerpt(document.reason),
    message: excerpt(withoutOctets(document.message)),
    causes: causes.slice(0, 20).map((cause) => {
      const { field, message } = (cause ?? {}) as { field?: unknown; message?: unknown }
      return `${excerpt(field)}: ${excerpt(withoutOctets(message))}`
    }),
    ...(wait > 0 && { retryAfterMs: Math.min(wait, LONGEST_WAIT_S) * 1000 }),
  }
}

/**
 * Without the octets of the request, which the API server says again before it comes to what is wrong with them.
 * Source: apimachinery pkg/util/validation/field/errors.go, ErrorBody, whose %#v writes them so.
 */
function withoutOctets(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/\[\]byte\{[^}]*\}/g, '[]byte{…}') : text
}

function codeOf(status: number): FailureCode {
  switch (status) {
    case 401:
      return 'UNAUTHORIZED'
    case 403:
      return 'FORBIDDEN'
    case 404:
      return 'API_NOT_FOUND'
    case 409:
      return 'REQUEST_CONFLICT'
    case 400:
    case 422:
      return 'REQUEST_INVALID'
    case 429:
      return 'API_BUSY'
    case 408:
      return 'API_TIMEOUT'
    default:
      return status >= 500 ? 'API_ERROR' : 'API_UNEXPECTED'
  }
}

/** For a missing right: the line that grants it, when it is one of those that TLS bootstrap needs. */
function hintOf({ code, message }: ApiStatus): string | undefined {
  if (code !== 403) return undefined
  const user = /User "([^"]+)"/.exec(message)?.[1]
  if (user === undefined || !message.includes('"certificatesigningrequests"')) return undefined
  if (user === 'system:anonymous')
    return 'the kubeconfig’s credential did not reach the API server: a proxy in between may drop it'
  const subject = user.startsWith('system:bootstrap:')
    ? '--group=system:bootstrappers'
    : user.startsWith('system:node:')
      ? '--group=system:nodes'
      : `--user=${shellWord(user)}`
  return `an administrator can grant it: kubectl create clusterrolebinding certlet:node-bootstrapper --clusterrole=system:node-bootstrapper ${subject}`
}
