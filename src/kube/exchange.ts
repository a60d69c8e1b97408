import { CertletError } from '../errors.ts'
import { apiErrorOf } from './api-error.ts'
import type { OutgoingRequest, Wire } from './wire.ts'

/** How much of a server's time and words is accepted. */
export interface Limits {
  /** Longest an ordinary request may take from its start to its last byte, ms. */
  readonly timeoutMs: number
  /** Largest answer that is read, bytes. */
  readonly largestAnswer: number
}

/** An API server's own limit for an object is 3 MiB. Source: apiserver, MaxRequestBodyBytes. */
const LIMITS: Limits = { timeoutMs: 30_000, largestAnswer: 4 * 1024 * 1024 }

/** An answer that is a success, whole. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
  /** The text, parsed. */
  readonly value: unknown
}

/** Sends a request and reads its answer, which has to be JSON. Every failure leaves as a CertletError, an answer of 300 and above included. */
export async function exchange(
  wire: Pick<Wire, 'open' | 'explain'>,
  request: OutgoingRequest,
  limits: Limits = LIMITS,
): Promise<WholeAnswer> {
  const url = new URL(request.url)
  const timeout = AbortSignal.timeout(limits.timeoutMs)
  const caller = request.signal
  const signal = caller ? AbortSignal.any([caller, timeout]) : timeout
  const { status, headers, body } = await wire.open({ ...request, signal }).catch((error: unknown) => {
    throw error === timeout.reason ? timeoutError(url, limits) : error
  })
  const text = await readAll(body, url, limits).catch(async (error: unknown) => {
    // At once: while it is explained, the caller's time may be up as well.
    caller?.throwIfAborted()
    if (error instanceof CertletError) throw error
    throw timeout.aborted ? timeoutError(url, limits) : await wire.explain(error, url)
  })
  if (status >= 300) throw apiErrorOf(described(request.method, url), { status, headers, body: text })
  return { status, headers, text, value: parsed(text, url) }
}

async function readAll(stream: AsyncIterable<Uint8Array>, url: URL, { largestAnswer }: Limits): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > largestAnswer)
      throw new CertletError('API_UNEXPECTED', `The answer of ${url.origin} is larger than ${largestAnswer} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function timeoutError(url: URL, { timeoutMs }: Limits): CertletError {
  return new CertletError(
    'API_TIMEOUT',
    `Cannot reach the API server ${url.origin}: no answer within ${timeoutMs / 1000} s`,
  )
}

/** A SyntaxError would quote the body. */
function parsed(text: string, url: URL): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CertletError('API_UNEXPECTED', `The answer of ${url.origin} is not JSON`)
  }
}

/** `POST …/certificatesigningrequests/x`, or `GET /version`, in words for a message. */
function described(method: string, url: URL): string {
  const verbs: Record<string, string> = { GET: 'read', POST: 'create', DELETE: 'delete', PUT: 'update', PATCH: 'patch' }
  const [resource = '', name] = url.pathname
    .replace(/^\/(api|apis\/[^/]+)\/[^/]+\/(namespaces\/[^/]+\/(?=.))?/, '')
    .replace(/^\//, '')
    .split('/')
  return `${verbs[method] ?? method} ${resource}${name === undefined ? '' : ` "${decodeURIComponent(name)}"`}`
}
