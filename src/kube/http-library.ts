import { type PromiseHttpLibrary, ResponseContext } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { apiErrorOf } from './api-error.ts'
import type { Wire } from './wire.ts'

/** How much of a server's time and words is accepted. */
export interface Limits {
  /** Longest an ordinary request may take from its start to its last byte, ms. */
  readonly timeoutMs: number
  /** Largest answer that is read, bytes. */
  readonly largestAnswer: number
}

/** An API server's own limit for an object is 3 MiB. Source: apiserver, MaxRequestBodyBytes. */
const LIMITS: Limits = { timeoutMs: 30_000, largestAnswer: 4 * 1024 * 1024 }

/**
 * client-node's HTTP library on a wire of ours. Every failure leaves as a CertletError, an answer of 300 and above included.
 * See docs/decisions/0003-transport.md.
 */
export function httpLibrary(wire: Wire, limits: Limits = LIMITS): PromiseHttpLibrary {
  return {
    send: async (context) => {
      const timeout = AbortSignal.timeout(limits.timeoutMs)
      const caller = context.getSignal()
      const method = context.getHttpMethod()
      const url = new URL(context.getUrl())
      const body = context.getBody()
      const signal = caller ? AbortSignal.any([caller, timeout]) : timeout
      const request = {
        method,
        url: url.href,
        headers: context.getHeaders(),
        ...(typeof body === 'string' && { body }),
        signal,
      }
      const {
        status,
        headers,
        body: stream,
      } = await wire.open(request).catch((error: unknown) => {
        throw error === timeout.reason ? timeoutError(url, limits) : error
      })
      const text = await readAll(stream, url, limits).catch(async (error: unknown) => {
        // At once: while it is explained, the caller's time may be up as well.
        caller?.throwIfAborted()
        if (error instanceof CertletError) throw error
        throw timeout.aborted ? timeoutError(url, limits) : await wire.explain(error, url)
      })
      if (status >= 300) throw apiErrorOf(described(method, url), { status, headers, body: text })
      refuseOtherThanJson(text, url)
      const bytes = Buffer.from(text)
      return new ResponseContext(status, headers, {
        text: () => Promise.resolve(text),
        binary: () => Promise.resolve(bytes),
        stream: () => null,
      })
    },
  }
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

/** client-node's own parser throws a SyntaxError that quotes the body. */
function refuseOtherThanJson(text: string, url: URL): void {
  try {
    JSON.parse(text)
  } catch {
    throw new CertletError('API_UNEXPECTED', `The answer of ${url.origin} is not JSON`)
  }
}

/** `POST …/certificatesigningrequests/x` in words for a message. */
function described(method: string, url: URL): string {
  const verbs: Record<string, string> = { GET: 'read', POST: 'create', DELETE: 'delete', PUT: 'update', PATCH: 'patch' }
  const [resource = '', name] = url.pathname
    .replace(/^\/(api|apis\/[^/]+)\/[^/]+\/(namespaces\/[^/]+\/(?=.))?/, '')
    .split('/')
  return `${verbs[method] ?? method} ${resource}${name === undefined ? '' : ` "${decodeURIComponent(name)}"`}`
}
