import { Agent, request } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { networkErrorOf } from '../../kube/network-error.ts'
import { type FleetWire, flat, NEVER, type Peer, USER_AGENT } from './wire.ts'

/** A connection of one node's own: TLS and HTTP/1.1, kept alive from one request to the next, as a process for each node would have it. */
export function ownWire({ context, serverName, verify, headers: always, target }: Peer): FleetWire {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0, scheduling: 'lifo' })
  const tls: ConnectionOptions = {
    secureContext: context,
    rejectUnauthorized: verify,
    ...(serverName !== undefined && { servername: serverName }),
  }
  return {
    open: ({ method, url, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const outgoing = request(url, {
          method,
          agent,
          ...tls,
          headers: {
            ...headers,
            ...always,
            'User-Agent': USER_AGENT,
            ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
          },
          ...(signal && { signal }),
        })
        outgoing.once('response', (incoming) => {
          const { statusCode = 0 } = incoming
          resolve({ status: statusCode, headers: flat(incoming.headers), body: incoming, replaced: NEVER })
        })
        outgoing.once('error', (error) => {
          if (signal?.aborted) reject(signal.reason as Error)
          else networkErrorOf(error, target, signal).then(reject, reject)
        })
        outgoing.end(body)
      }),
    explain: (error) => networkErrorOf(error, target),
    close: () => {
      agent.destroy()
    },
  }
}
