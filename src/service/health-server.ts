import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CertletError } from '../errors.ts'
import type { ListenAddress } from './listen-address.ts'

/** What is answered for a path. */
export interface Page {
  readonly status: number
  /** `text/plain; charset=utf-8` unless set. */
  readonly contentType?: string
  readonly body: string
}

/** Answers by path. Each is asked anew at every request. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

/** Bounds: the server is for a scraper and a probe or two, and must not become a way to wear the node down. */
const MOST_CONNECTIONS = 32
const REQUEST_MS = 5_000
const IDLE_MS = 65_000 // longer than a scrape interval of a minute, so that a scraper keeps its connection

export interface HealthServer extends AsyncDisposable {
  /** The port that was taken. */
  readonly port: number
}

/**
 * Serves pages over HTTP, without TLS or authentication, until it is disposed or the signal aborts; then every connection ends at once.
 * @throws CertletError USAGE if the address cannot be listened on.
 */
export async function serveHealth(pages: Pages, address: ListenAddress, signal: AbortSignal): Promise<HealthServer> {
  const limits = { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS }
  const server = createServer({ ...limits, maxHeaderSize: 8_192, connectionsCheckingInterval: REQUEST_MS })
  server.maxConnections = MOST_CONNECTIONS
  server.on('request', (request, response) => {
    void answer(pages, request, response)
  })
  await listen(server, address)
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', closeNow)
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  const closeNow = (): void => {
    void close()
  }
  signal.addEventListener('abort', closeNow)
  if (signal.aborted) await close()
  const { port } = (server.address() ?? { port: 0 }) as AddressInfo
  return { port, [Symbol.asyncDispose]: close }
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = 'descriptor' in address ? 'the socket of systemd' : `${address.host}:${address.port}`
      reject(
        new CertletError('USAGE', `Cannot listen on ${where} (${error.code ?? error.message})`, {
          hint: 'give another --metrics-address',
        }),
      )
    })
    server.listen('descriptor' in address ? { fd: address.descriptor } : address, resolve)
  })
}

async function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, contentType = 'text/plain; charset=utf-8', body } = await pageFor(pages, request)
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function pageFor(pages: Pages, { method = '', url = '' }: IncomingMessage): Promise<Page> {
  const path = url.split('?')[0] ?? ''
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (!page) return { status: 404, body: `There is ${Object.keys(pages).join(', ')}.\n` }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'Only GET and HEAD are answered.\n' }
  try {
    return await page()
  } catch {
    return { status: 500, body: 'The page could not be made.\n' }
  }
}
