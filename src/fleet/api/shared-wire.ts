import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { networkErrorOf } from '../../kube/network-error.ts'
import { type FleetWire, flat, NEVER, type Peer, USER_AGENT } from './wire.ts'

/** One HTTP/2 connection for the requests of all nodes; a new one takes its place when it breaks or the server lets it go. */
export function sharedWire({ server, context, serverName, verify, headers: always, target }: Peer): FleetWire {
  let session: ClientHttp2Session | undefined
  const current = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session
    const made = connect(server, {
      secureContext: context,
      rejectUnauthorized: verify,
      ...(serverName !== undefined && { servername: serverName }),
    })
    const forget = (): void => {
      if (session === made) session = undefined
    }
    // Each request under way has the error as well, and tells it.
    made.on('error', forget).once('goaway', forget).once('close', forget)
    session = made
    return made
  }
  return {
    open: ({ method, url, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        let failed = false
        const fail = (error: unknown): void => {
          if (failed) return // the first one says why
          failed = true
          if (signal?.aborted) reject(signal.reason as Error)
          // A stream that ends with its connection has the connection's error as its cause.
          else networkErrorOf((error as Error).cause ?? error, target, signal).then(reject, reject)
        }
        const { pathname, search } = new URL(url)
        const fields = {
          ':method': method,
          ':path': pathname + search,
          ...headers,
          ...always,
          'user-agent': USER_AGENT,
        }
        let stream: ClientHttp2Stream
        try {
          stream = current().request(fields, { endStream: body === undefined })
        } catch (error) {
          fail(error)
          return
        }
        const abort = (): void => {
          stream.destroy()
          fail(signal?.reason)
        }
        signal?.addEventListener('abort', abort, { once: true })
        stream.once('response', (received) => {
          resolve({ status: Number(received[':status']), headers: flat(received), body: stream, replaced: NEVER })
        })
        stream.once('error', fail)
        stream.once('close', () => {
          signal?.removeEventListener('abort', abort)
          fail(new Error('the stream was closed')) // without effect after an answer
        })
        if (body !== undefined) stream.end(body)
      }),
    explain: (error) => networkErrorOf(error, target),
    close: () => {
      session?.destroy()
      session = undefined
    },
  }
}
