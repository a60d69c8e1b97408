/** How long a request may take. Source: apiserver pkg/endpoints/filters/request_deadline.go, pkg/server/options/server_run_options.go. */
import { parseGoDuration } from './schema/go-duration.ts'
import { badRequest } from './status.ts'

/** Where the client asks for nothing shorter, ms (--request-timeout). */
const LONGEST_MS = 60_000

/**
 * The limit of a request that is no watch, ms; 0 in the query stands for none of the client's own.
 * @throws StatusError 400 for what is no duration; that is looked at before who asks.
 */
export function requestTimeoutMs(query: URLSearchParams): number {
  const asked = query.get('timeout') ?? ''
  if (asked === '') return LONGEST_MS
  try {
    const ms = parseGoDuration(asked)
    return ms > 0 ? Math.min(ms, LONGEST_MS) : LONGEST_MS
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`)
  }
}
