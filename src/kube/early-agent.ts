import { Agent } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * An agent that can open connections before there are requests for them, so that TCP's and TLS's round trips pass while the requests are
 * made. A request gets one only if it would have made the same itself: same host and port, same CA, server name, client certificate.
 * Whether the server is the right one is checked as ever, by TLS, before the request is written.
 */
export class EarlyAgent extends Agent {
  /** Those that no request has yet, by the name that the agent gives to all that go to the same place in the same way. */
  #early: { readonly socket: Duplex; readonly name: string; readonly forget: () => void }[] = []

  /**
   * Sees to it that so many connections to a server are open, or being opened, that no request has.
   * One that fails is no error: the request that would have had it makes its own, and says what is wrong.
   */
  openAhead({ hostname, port }: URL, count: number): void {
    const host = hostname.replace(/^\[|\]$/g, '')
    const { servername = isIP(host) ? '' : host } = this.options
    const options = { ...this.options, host, port: Number(port || 443), servername }
    const name = this.getName(options)
    const there = this.#early.filter((one) => one.name === name).length + (this.freeSockets[name]?.length ?? 0)
    for (let missing = count - there; missing > 0; missing--) {
      const socket = super.createConnection(options)
      if (socket) this.#keep(socket, name)
    }
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): Duplex | null | undefined {
    return this.#take(this.getName(options)) ?? super.createConnection(options, callback)
  }

  /** Closes those that no request has. */
  closeEarly(): void {
    for (const { socket } of this.#early) socket.destroy()
    this.#early = []
  }

  override destroy(): void {
    this.closeEarly()
    super.destroy()
  }

  #keep(socket: Duplex, name: string): void {
    const forget = (): void => {
      this.#early = this.#early.filter((one) => one.socket !== socket)
    }
    socket.on('error', ignore).once('close', forget)
    this.#early.push({ socket, name, forget })
  }

  #take(name: string): Duplex | undefined {
    const found = this.#early.find((one) => one.name === name && isFresh(one.socket))
    if (!found) return undefined
    found.forget()
    return found.socket.off('error', ignore).off('close', found.forget)
  }
}

/** What fails is closed, and forgotten then. */
const ignore = (): void => undefined

/** Not closed, and nothing said by the server, such as that it has waited long enough. */
function isFresh({ destroyed, readableEnded, readableLength }: Duplex): boolean {
  return !destroyed && !readableEnded && readableLength === 0
}
