/** The lab on the wire: HTTP/2 and HTTP/1.1 on one port, client certificates asked for but not required. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { LARGEST_BODY, type LabRequest, type LabResponse } from '../request.ts'
import { pour } from './pour.ts'

export interface HttpsServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly certificatePem: string
  readonly keyPem: string
  /** CA of client certificates, named in the handshake. */
  readonly caPem: string
}

export interface HttpsServer {
  readonly port: number
  /** Ends all connections at once, watches included. */
  close(): Promise<void>
  /** Listens again, on the same port. @throws the system's error when somebody else has taken it */
  listen(): Promise<void>
}

/** An answer, or a connection that is reset without one. */
export type Answer = LabResponse | 'reset'
type Incoming = IncomingMessage | Http2ServerRequest
export interface Handler {
  /** Lets a request in before its body is there. @returns what is called when it is answered, or the answer to one that is not let in */
  readonly enter: (head: LabRequest) => (() => void) | LabResponse
  readonly answer: (request: LabRequest) => Answer | Promise<Answer>
}

/** How long a connection may be idle, ms. Source: k8s.io/apiserver/pkg/server/secure_serving.go, IdleTimeout. */
const IDLE = { keepAliveTimeout: 90_000 }

export async function serveHttps(
  handle: Handler,
  { host, port, certificatePem, keyPem, caPem }: HttpsServerOptions,
): Promise<HttpsServer> {
  const sockets = new Set<Socket>()
  /** The TCP connection below TLS gets the reset; TLS itself knows only orderly ends. */
  const reset = ({ remoteAddress, remotePort }: Socket): void => {
    for (const socket of sockets) {
      if (socket.remotePort === remotePort && socket.remoteAddress === remoteAddress) socket.resetAndDestroy()
    }
  }
  const options = {
    ...{ cert: certificatePem, key: keyPem, ca: caPem, requestCert: true, rejectUnauthorized: false },
    allowHTTP1: true,
    ...IDLE,
    noDelay: true, // else a second small segment waits for the acknowledgement of the first, 40 ms and more
  }
  const chainOf = createChainReader()
  const server = createSecureServer(options, (incoming: Incoming, outgoing: ServerResponse | Http2ServerResponse) => {
    // A client that goes away in the middle is no fault of the lab's.
    // HTTP/2 answers by the same methods (node:http2, compatibility API).
    exchange(handle, chainOf, incoming, outgoing as ServerResponse).then(
      (outcome) => {
        if (outcome === 'reset') reset(connectionOf(incoming))
      },
      () => {
        breakOff(outgoing)
      },
    )
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const listen = (at: number): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(at, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(port)
  const { port: taken } = server.address() as AddressInfo
  return {
    port: taken,
    listen: () => listen(taken),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function exchange(
  handle: Handler,
  chainOf: (socket: TLSSocket) => Buffer[],
  incoming: Incoming,
  outgoing: ServerResponse,
): Promise<'answered' | 'reset'> {
  const gone = new AbortController()
  let whole = false
  outgoing.once('close', () => {
    // Not by `writableFinished`: over HTTP/2 that is true of a stream that the client has closed as well. An answer that was given
    // whole needs no end; to make the reason of an abort takes long.
    if (!whole) gone.abort()
  })
  const connection = connectionOf(incoming)
  const { remoteAddress } = connection
  const request: LabRequest = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: headersOf(incoming),
    clientCertificates: chainOf(connection),
    ...(remoteAddress !== undefined && { remoteAddress }),
    // Made when somebody asks for it: most requests are answered at once.
    get signal() {
      return gone.signal
    },
  }
  const entered = handle.enter(request)
  if (typeof entered !== 'function') {
    incoming.resume() // what is still to come is read, so that the connection can be used again
    await send(entered, outgoing, gone)
    whole = true
    return 'answered'
  }
  try {
    request.body = await readBody(incoming)
    const response = await handle.answer(request)
    if (response === 'reset') return 'reset'
    await send(response, outgoing, gone)
    whole = true
    return 'answered'
  } catch (error) {
    gone.abort() // what still makes the answer, a watch for instance, ends
    throw error
  } finally {
    entered()
  }
}

async function send(response: LabResponse, outgoing: ServerResponse, gone: AbortController): Promise<void> {
  outgoing.setHeader(
    'Cache-Control',
    response.headers.find(([name]) => name === 'Cache-Control')?.[1] ?? 'no-cache, private',
  )
  for (const [name, value] of response.headers) if (name !== 'Cache-Control') outgoing.appendHeader(name, value)
  outgoing.statusCode = response.status
  if (response.body instanceof Uint8Array) {
    outgoing.end(response.body)
    return
  }
  outgoing.flushHeaders()
  await pour(response.body, outgoing, gone.signal)
  if (!gone.signal.aborted) outgoing.end()
}

/**
 * The body; of one that is too large the first part, longer than it may be. The rest is read, so that the client sees the answer.
 * By events, since an iterator over a stream costs more than a small request's body is worth.
 */
function readBody(incoming: Incoming): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      if (size <= LARGEST_BODY) chunks.push(chunk)
      size += chunk.length
    })
    incoming.once('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    })
    incoming.once('error', reject)
    incoming.once('close', () => {
      if (!incoming.readableEnded) reject(new Error('the client went away before its request was whole'))
    })
  })
}

/** Ends an answer in the middle, so that the client does not take it for whole. */
function breakOff(outgoing: ServerResponse | Http2ServerResponse): void {
  if ('stream' in outgoing) outgoing.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else outgoing.destroy()
}

/** Every value of every header. HTTP/2's own fields begin with a colon. */
function headersOf({ rawHeaders }: Incoming): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (!name.startsWith(':')) (headers[name] ??= []).push(rawHeaders[at + 1] ?? '')
  }
  return headers
}

/** The connection that a request came by; with HTTP/2 several share one. */
function connectionOf(incoming: Incoming): TLSSocket {
  const session = 'stream' in incoming ? incoming.stream.session : undefined
  return (session?.socket ?? incoming.socket) as TLSSocket
}

/** DER of the client's certificate and of those it sent along: one and the same array for all requests of a connection. */
function createChainReader(): (socket: TLSSocket) => Buffer[] {
  const known = new WeakMap<TLSSocket, Buffer[]>()
  return (socket) => {
    const chain = known.get(socket) ?? readChain(socket)
    known.set(socket, chain)
    return chain
  }
}

function readChain(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = []
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true)
  while (next?.raw && !chain.some((der) => der.equals(next?.raw ?? der))) {
    chain.push(next.raw)
    next = next.issuerCertificate
  }
  return chain
}
