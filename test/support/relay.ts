import { connect, createServer } from 'node:net'
import { type Listening, listening } from './listening.ts'
import { endTogether } from './proxy.ts'

/** A way to a server whose connections can be cut, and are counted. */
export interface Relay extends Listening {
  readonly opened: number
  readonly closed: number
}

/** @param url - of a server on loopback. */
export async function relay(url: string): Promise<Relay> {
  const counts = { opened: 0, closed: 0 }
  const server = createServer((socket) => {
    counts.opened++
    socket.once('close', () => counts.closed++)
    const upstream = connect(Number(new URL(url).port), '127.0.0.1')
    upstream.pipe(socket).pipe(upstream)
    endTogether(socket, upstream)
  })
  const listener = await listening(server)
  return {
    ...listener,
    get opened() {
      return counts.opened
    },
    get closed() {
      return counts.closed
    },
  }
}
