import type { X509Certificate } from 'node:crypto'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { TLSSocket } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { type ApiServer, clusterOf } from '../kubeconfig/api-server.ts'
import { networkErrorOf } from './network-error.ts'
import { trustPublicCas } from './public-cas.ts'

const LONGEST_CHAIN = 10

/** The header has whole seconds, cut off. */
const HALF_A_SECOND_MS = 500

/** What a server shows to somebody who does not trust it and sends it nothing. */
export interface ShownServer {
  /** Absent on plain http. */
  readonly tls?: ShownTls
  /** The server's clock minus ours, ms, to the second; undefined if it did not send the time. */
  readonly skewMs?: number
}

export interface ShownTls {
  readonly protocol: string
  /** The server's certificate, then those of its issuers as far as they were sent. */
  readonly chain: readonly X509Certificate[]
  /** Why it would not be trusted: one of OpenSSL's or Node's codes; absent when it would. */
  readonly fault?: string
}

/**
 * Makes one anonymous request, and looks who answers and what time it is there, whether the server can be trusted or not.
 * @throws CertletError if there is no TLS, or no answer; the signal's reason.
 */
export async function showServer(
  server: ApiServer,
  { now, signal, timeoutMs }: { readonly now: () => Date; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ShownServer> {
  const url = new URL(`${server.url}/version`)
  const askedAt = now().getTime()
  const patience = AbortSignal.timeout(timeoutMs)
  try {
    const response = await answerOf(url, await optionsFor(server), AbortSignal.any([signal, patience]))
    const between = (askedAt + now().getTime()) / 2
    const date = Date.parse(response.headers.date ?? '')
    const tls = response.socket instanceof TLSSocket ? shown(response.socket) : undefined
    response.destroy()
    return { ...(tls && { tls }), ...(!Number.isNaN(date) && { skewMs: date + HALF_A_SECOND_MS - between }) }
  } catch (error) {
    signal.throwIfAborted()
    if (patience.aborted) {
      throw new CertletError(
        'API_TIMEOUT',
        `${url.host} takes connections, and does not answer within ${timeoutMs / 1000} s`,
      )
    }
    const { caPem, tlsServerName, proxyUrl } = server
    throw await networkErrorOf(error, {
      url,
      ...(caPem !== undefined && { caPem }),
      ...(tlsServerName !== undefined && { tlsServerName }),
      ...(proxyUrl !== undefined && { proxyUrl }),
    })
  }
}

/** Nothing is refused here, so that whoever answers can be looked at; the fault is noted all the same. */
async function optionsFor(server: ApiServer): Promise<RequestOptions> {
  if (server.caPem === undefined && server.url.startsWith('https:')) trustPublicCas()
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser({ ...clusterOf(server, 'shown'), skipTLSVerify: true }, { name: 'nobody' })
  const options: RequestOptions = {}
  await kubeConfig.applyToHTTPSOptions(options)
  if (server.proxyUrl !== undefined || server.url.startsWith('http:')) return options
  const { ca, servername } = options
  return { ...options, agent: new Agent({ ca, servername, rejectUnauthorized: false, minVersion: 'TLSv1.2' }) }
}

function answerOf(url: URL, { agent, servername }: RequestOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest
  return new Promise((resolve, reject) => {
    const options = { agent, signal, rejectUnauthorized: false, ...(servername !== undefined && { servername }) }
    request(url, options).once('response', resolve).once('error', reject).end()
  })
}

function shown(socket: TLSSocket): ShownTls {
  const chain = chainFrom(socket.getPeerX509Certificate())
  // Declared as an Error, but it is the code of one. Source: Node.js lib/internal/tls/wrap.js, onConnectSecure.
  const fault = socket.authorizationError as unknown
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    chain,
    ...(!socket.authorized && { fault: typeof fault === 'string' ? fault : 'CERT_UNTRUSTED' }),
  }
}

/** A certificate and its issuers, the last of which may name itself. */
function chainFrom(leaf: X509Certificate | undefined): X509Certificate[] {
  const chain: X509Certificate[] = []
  for (let next = leaf; next && chain.length < LONGEST_CHAIN; next = next.issuerCertificate) {
    const { raw } = next
    if (chain.some((seen) => seen.raw.equals(raw))) break
    chain.push(next)
  }
  return chain
}
