/** The lab on the wire: HTTPS, client certificates asked for but not required. */
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { LabRequest, LabResponse } from '../request.ts'

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
}

/** Largest body that is read, bytes. Source: apiserver pkg/server/config.go, MaxRequestBodyBytes. */
const LARGEST_BODY = 3 * 1024 * 1024

export async function serveHttps(
  handle: (request: LabRequest) => LabResponse,
  { host, port, certificatePem, keyPem, caPem }: HttpsServerOptions,
): Promise<HttpsServer> {
  const sockets = new Set<Socket>()
  const options = { cert: certificatePem, key: keyPem, ca: caPem, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (incoming, outgoing) => {
    // A client that goes away in the middle is no fault of the lab's.
    exchange(handle, incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
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
  handle: (request: LabRequest) => LabResponse,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => {
    gone.abort()
  })
  const body = await readBody(incoming)
  if (body === undefined) {
    outgoing.writeHead(413).end()
    return
  }
  const response = handle({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: headersOf(incoming),
    body,
    clientCertificates: chainOf(incoming.socket as TLSSocket),
    signal: gone.signal,
  })
  for (const [name, value] of [['Cache-Control', 'no-cache, private'], ...response.headers] as const)
    outgoing.setHeader(name, value)
  outgoing.statusCode = response.status
  if (response.body instanceof Uint8Array) {
    outgoing.end(response.body)
    return
  }
  outgoing.flushHeaders()
  for await (const chunk of response.body) {
    if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve).once('close', resolve))
    if (gone.signal.aborted) return
  }
  outgoing.end()
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function headersOf({ headersDistinct }: IncomingMessage): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values ?? []]))
}

/** DER of the client's certificate and of those it sent along. */
function chainOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = []
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true)
  while (next?.raw && !chain.some((der) => der.equals(next?.raw ?? der))) {
    chain.push(next.raw)
    next = next.issuerCertificate
  }
  return chain
}
