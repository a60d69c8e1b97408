import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type Listening, listening } from './listening.ts'

/** An HTTP proxy that knows CONNECT, and where it was asked to go. */
export async function proxy(): Promise<Listening & { tunnels: string[] }> {
  const tunnels: string[] = []
  const server = createServer()
  server.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '')
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    endTogether(socket, upstream)
  })
  return { ...(await listening(server)), tunnels }
}

/** Ends each of two connections when the other one does. */
export function endTogether(one: Socket, other: Socket): void {
  one.once('close', () => other.destroy())
  other.on('error', () => undefined).once('close', () => one.destroy())
}
