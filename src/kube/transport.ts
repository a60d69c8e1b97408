import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import {
  bufferFromFileOrString,
  type KubeConfig,
  type PromiseHttpLibrary,
  type RequestContext,
  ResponseContext,
} from '@kubernetes/client-node'
import type { Clock } from '../clock.ts'
import { CertletError } from '../errors.ts'
import { version } from '../version.ts'
import { apiErrorOf } from './api-error.ts'
import { networkErrorOf, type Target } from './network-error.ts'

/** Longest an ordinary request may take from its start to its last byte, ms. */
const REQUEST_TIMEOUT_MS = 30_000

/** Largest answer that is read, bytes. An API server's own limit for an object is 3 MiB. Source: apiserver, MaxRequestBodyBytes. */
const LARGEST_ANSWER = 4 * 1024 * 1024

/** An answer whose body has not been read yet. */
export interface OpenResponse {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: IncomingMessage
}

export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
}

/**
 * client-node's HTTP library on node:https. Its own one makes a new connection for every call (a TCP and TLS set-up each); here one
 * kept-alive connection serves all calls of a kubeconfig. Every failure leaves as a CertletError. See docs/decisions/0003-transport.md.
 */
export class Transport implements PromiseHttpLibrary {
  readonly #kubeConfig: KubeConfig
  readonly #clock: Clock
  #agent: { readonly material: string; readonly agent: HttpAgent } | undefined
  #clockSkewMs: number | undefined

  constructor(kubeConfig: KubeConfig, clock: Clock) {
    this.#kubeConfig = kubeConfig
    this.#clock = clock
  }

  /** The server's clock minus ours by its last answer, ms, to the second; undefined before the first answer. */
  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs
  }

  /** One call of client-node's generated API. @throws CertletError for a failed connection and every answer of 300 and above. */
  async send(context: RequestContext): Promise<ResponseContext> {
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    const caller = context.getSignal()
    const method = context.getHttpMethod()
    const body = context.getBody()
    const {
      status,
      headers,
      body: stream,
    } = await this.open({
      method,
      url: context.getUrl(),
      headers: context.getHeaders(),
      ...(typeof body === 'string' && { body }),
      signal: caller ? AbortSignal.any([caller, timeout]) : timeout,
    })
    const text = await this.#readAll(stream, new URL(context.getUrl()), caller)
    if (status >= 300) throw apiErrorOf(described(method, context.getUrl()), { status, headers, body: text })
    refuseOtherThanJson(text, context.getUrl())
    const bytes = Buffer.from(text)
    return new ResponseContext(status, headers, {
      text: () => Promise.resolve(text),
      binary: () => Promise.resolve(bytes),
      stream: () => null,
    })
  }

  /** Sends a request and resolves when the head of the answer is there. @throws CertletError for a failed connection; the signal's reason. */
  async open({ method, url, headers = {}, body, signal }: OutgoingRequest): Promise<OpenResponse> {
    const options: RequestOptions = {}
    try {
      await this.#kubeConfig.applyToHTTPSOptions(options)
    } catch (error) {
      throw credentialError(error)
    }
    const target = new URL(url)
    const request = target.protocol === 'http:' ? httpRequest : httpsRequest
    return new Promise((resolve, reject) => {
      const outgoing = request(target, {
        method,
        agent: this.#agentFor(options, target),
        ...(options.servername !== undefined && { servername: options.servername }),
        headers: {
          ...headers,
          ...(options.headers as Record<string, string>),
          'User-Agent': `certlet/${version}`,
          ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
        },
        ...(signal && { signal }),
      })
      outgoing.once('response', (incoming) => {
        this.#noteDate(incoming.headers.date)
        resolve({ status: incoming.statusCode ?? 0, headers: flat(incoming.headers), body: incoming })
      })
      outgoing.once('error', (error) => {
        this.#failure(error, target, signal).then(reject, reject)
      })
      outgoing.end(body)
    })
  }

  /** Ends all connections; the process need not wait for them. */
  close(): void {
    this.#agent?.agent.destroy()
    this.#agent = undefined
  }

  async #failure(error: unknown, target: URL, signal: AbortSignal | undefined): Promise<unknown> {
    if (signal?.aborted) {
      const reason: unknown = signal.reason
      const timedOut = reason instanceof DOMException && reason.name === 'TimeoutError'
      return timedOut ? timeoutError(target) : reason
    }
    return networkErrorOf(error, this.#target(target))
  }

  async #readAll(stream: IncomingMessage, url: URL, signal: AbortSignal | undefined): Promise<string> {
    const chunks: Buffer[] = []
    let size = 0
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > LARGEST_ANSWER)
          throw new CertletError('API_UNEXPECTED', `The answer of ${url.origin} is larger than ${LARGEST_ANSWER} bytes`)
        chunks.push(chunk)
      }
    } catch (error) {
      if (error instanceof CertletError) throw error
      signal?.throwIfAborted()
      throw (error as Error).name === 'AbortError' ? timeoutError(url) : await networkErrorOf(error, this.#target(url))
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  /** One agent as long as the credential and the CA stay the same; a rotated pair gets connections of its own. */
  #agentFor(options: RequestOptions, target: URL): HttpAgent {
    // Behind a proxy client-node's agent does the work (HTTP CONNECT by hpagent, SOCKS by socks-proxy-agent).
    if (this.#kubeConfig.getCurrentCluster()?.proxyUrl) return options.agent as HttpAgent
    const { ca, cert, key, servername, rejectUnauthorized } = options
    const material = [ca, cert, key, servername, rejectUnauthorized].map(String).join('\0')
    if (this.#agent?.material === material) return this.#agent.agent
    this.#agent?.agent.destroy()
    const kept = { keepAlive: true, keepAliveMsecs: 30_000 }
    const agent =
      target.protocol === 'http:'
        ? new HttpAgent(kept)
        : new HttpsAgent({ ...kept, ca, cert, key, servername, rejectUnauthorized, minVersion: 'TLSv1.2' })
    this.#agent = { material, agent }
    return agent
  }

  #target(url: URL): Target {
    const cluster = this.#kubeConfig.getCurrentCluster()
    const caPem = bufferFromFileOrString(cluster?.caFile, cluster?.caData)?.toString()
    return {
      url,
      ...(caPem !== undefined && { caPem }),
      ...(cluster?.tlsServerName !== undefined && { tlsServerName: cluster.tlsServerName }),
      ...(cluster?.proxyUrl !== undefined && { proxyUrl: cluster.proxyUrl }),
    }
  }

  #noteDate(date: string | undefined): void {
    const server = date === undefined ? NaN : Date.parse(date)
    if (!Number.isNaN(server)) this.#clockSkewMs = server - this.#clock.now().getTime()
  }
}

function timeoutError(url: URL): CertletError {
  return new CertletError(
    'API_TIMEOUT',
    `Cannot reach the API server ${url.origin}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`,
  )
}

/** client-node's own parser throws a SyntaxError that quotes the body. */
function refuseOtherThanJson(text: string, url: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw new CertletError('API_UNEXPECTED', `The answer of ${new URL(url).origin} is not JSON`)
  }
}

/** What a plugin prints may hold the credential, so its words are not passed on. */
function credentialError(error: unknown): CertletError {
  const { code, path } = error as NodeJS.ErrnoException
  const what =
    code === undefined
      ? 'the exec plugin of the kubeconfig failed'
      : `"${path ?? 'a file of the kubeconfig'}" cannot be used (${code})`
  return new CertletError('CREDENTIAL_PLUGIN', `Cannot get the credential: ${what}`)
}

/** `POST …/certificatesigningrequests/x` in words for a message. */
function described(method: string, url: string): string {
  const verbs: Record<string, string> = { GET: 'read', POST: 'create', DELETE: 'delete', PUT: 'update', PATCH: 'patch' }
  const [resource = '', name] = new URL(url).pathname.replace(/^\/(api|apis\/[^/]+)\/[^/]+\//, '').split('/')
  return `${verbs[method] ?? method} ${resource}${name === undefined ? '' : ` "${decodeURIComponent(name)}"`}`
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
