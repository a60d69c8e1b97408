import { Agent as HttpAgent, type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { bufferFromFileOrString, type KubeConfig } from '@kubernetes/client-node'
import { abortable } from '../abortable.ts'
import type { Clock } from '../clock.ts'
import type { CertletError } from '../errors.ts'
import { version } from '../version.ts'
import { EarlyAgent, type EarlyConnections } from './early-agent.ts'
import { requestOptions } from './exec-plugin.ts'
import { networkErrorOf, type Target } from './network-error.ts'
import { trustPublicCas } from './public-cas.ts'
import type { OpenResponse, OutgoingRequest, Wire } from './wire.ts'

/** Connections that share a credential, until a newer credential replaces them. */
interface Line {
  readonly material: string
  readonly agent: HttpAgent
  readonly replaced: AbortController
}

/**
 * The wire on node:https. client-node's own makes a new connection for every call (a TCP and TLS set-up each); here one kept-alive
 * connection serves all calls of a kubeconfig. See docs/decisions/0003-transport.md.
 */
export class Transport implements Wire {
  readonly #kubeConfig: KubeConfig
  readonly #clock: Clock
  readonly #early: EarlyConnections | undefined
  /** The newest one last; those before it only end what is still under way on them. */
  #lines: Line[] = []
  #clockSkewMs: number | undefined

  /** @param early - connections that were opened before; they are used where they fit. */
  constructor(kubeConfig: KubeConfig, clock: Clock, early?: EarlyConnections) {
    this.#kubeConfig = kubeConfig
    this.#clock = clock
    this.#early = early
  }

  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs
  }

  async open({ method, url, headers = {}, body, signal }: OutgoingRequest): Promise<OpenResponse> {
    const target = new URL(url)
    const options = await requestOptions(this.#kubeConfig, signal)
    const { agent, replaced } = this.#lineFor(options, target.protocol)
    const request = target.protocol === 'http:' ? httpRequest : httpsRequest
    return new Promise((resolve, reject) => {
      const outgoing = request(target, {
        method,
        agent,
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
        resolve({
          status: incoming.statusCode ?? 0,
          headers: flat(incoming.headers),
          body: incoming,
          replaced: replaced.signal,
        })
      })
      outgoing.once('error', (error) => {
        abortable(networkErrorOf(error, this.#target(target), signal), signal).then(reject, reject)
      })
      outgoing.end(body)
    })
  }

  explain(error: unknown, url: URL): Promise<CertletError> {
    return networkErrorOf(error, this.#target(url))
  }

  async refresh(signal: AbortSignal): Promise<void> {
    if (this.#lines.length === 0) return
    this.#lineFor(await requestOptions(this.#kubeConfig, signal), new URL(this.#server()).protocol)
  }

  openAhead(connections: number, signal: AbortSignal): Disposable {
    const over = new AbortController()
    this.#openAhead(connections, AbortSignal.any([signal, over.signal])).catch(() => undefined)
    return {
      [Symbol.dispose]: () => {
        over.abort()
      },
    }
  }

  retire(): void {
    this.#lines.forEach(replace)
  }

  close(): void {
    for (const { agent } of this.#lines) agent.destroy()
    this.#lines = []
  }

  async #openAhead(connections: number, signal: AbortSignal): Promise<void> {
    const server = new URL(this.#server())
    // A plugin is run for a request, not for what may be one.
    if (this.#kubeConfig.getCurrentUser()?.exec) return
    const { agent } = this.#lineFor(await requestOptions(this.#kubeConfig, signal), server.protocol)
    if (!(agent instanceof EarlyAgent)) return // what goes by a proxy, or without TLS, goes by other agents
    agent.openAhead(server, connections)
    signal.addEventListener(
      'abort',
      () => {
        agent.closeEarly()
      },
      { once: true },
    )
  }

  /** One line as long as the credential and the CA stay the same; a rotated pair gets connections of its own. */
  #lineFor(options: RequestOptions, protocol: string): Line {
    const { ca, cert, key, servername, rejectUnauthorized } = options
    const material = [ca, cert, key, servername, rejectUnauthorized].map(String).join('\0')
    const newest = this.#lines.at(-1)
    if (newest?.material === material) return newest
    this.#lines = this.#lines.filter(({ agent }) => Object.keys(agent.sockets).length > 0)
    if (newest) replace(newest)
    if (ca === undefined && rejectUnauthorized !== false && protocol === 'https:') trustPublicCas()
    const agent =
      // Behind a proxy client-node's agent does the work (HTTP CONNECT by hpagent, SOCKS by socks-proxy-agent).
      this.#kubeConfig.getCurrentCluster()?.proxyUrl
        ? (options.agent as HttpAgent)
        : protocol === 'http:'
          ? new HttpAgent({ keepAlive: true, keepAliveMsecs: 30_000 })
          : new EarlyAgent(options, this.#early)
    const line = { material, agent, replaced: new AbortController() }
    this.#lines.push(line)
    return line
  }

  #server(): string {
    return this.#kubeConfig.getCurrentCluster()?.server ?? ''
  }

  #target(url: URL): Target {
    const cluster = this.#kubeConfig.getCurrentCluster()
    const caPem = textOf(cluster?.caFile, cluster?.caData)
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

/** Only to say more about a failure: a file that cannot be read must not become another one. */
function textOf(file: string | undefined, data: string | undefined): string | undefined {
  try {
    return bufferFromFileOrString(file, data)?.toString()
  } catch {
    return undefined
  }
}

/** Ends idle and early connections now, and each other one when its request is done; watches are told to end. */
function replace({ agent, replaced }: Line): void {
  if (agent instanceof EarlyAgent) agent.closeEarly()
  agent.maxFreeSockets = 0
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
  replaced.abort()
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
