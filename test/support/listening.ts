import type { Server, Socket } from 'node:net'

/** A server that listens. At the end of the block it is gone, with all its connections. */
export interface Listening extends AsyncDisposable {
  /** The port; 0 for a path. */
  readonly port: number
  /** Ends all connections there are; new ones are taken. */
  cut(): void
}

/** @param where - a path; by default any free port of loopback. */
export async function listening(
  server: Server,
  where: { path: string } | { port: number; host: string } = { port: 0, host: '127.0.0.1' },
): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(where, resolve)
  })
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}
