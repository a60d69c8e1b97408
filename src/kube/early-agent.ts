import { Agent, type AgentOptions } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'

/** What makes a TLS connection to a server one of this kubeconfig: whom it trusts, and who it is. */
export type Material = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

/** Connections that no request has yet. Disposing closes them. */
export class EarlyConnections implements Disposable {
  #kept: { readonly socket: Duplex; readonly name: string; readonly forget: () => void }[] = []

  /** @param name - the one that agents give to all that go to the same place in the same way. */
  keep(socket: Duplex, name: string): void {
    const forget = (): void => {
      this.#kept = this.#kept.filter((one) => one.socket !== socket)
    }
    socket.on('error', ignore).once('close', forget)
    this.#kept.push({ socket, name, forget })
  }

  count(name: string): number {
    return this.#kept.filter((one) => one.name === name).length
  }

  take(name: string): Duplex | undefined {
    const found = this.#kept.find((one) => one.name === name && isFresh(one.socket))
    if (!found) return undefined
    found.forget()
    return found.socket.off('error', ignore).off('close', found.forget)
  }

  /** Closes those of these names. */
  close(names: ReadonlySet<string>): void {
    for (const { socket, name } of this.#kept) if (names.has(name)) socket.destroy()
    this.#kept = this.#kept.filter(({ name }) => !names.has(name))
  }

  [Symbol.dispose](): void {
    this.close(new Set(this.#kept.map(({ name }) => name)))
  }
}

/**
 * An agent that can open connections before there are requests for them, so that TCP's and TLS's round trips pass while the requests are
 * made. A request gets one only if it would have made the same itself: same host and port, same CA, server name, client certificate.
 * Whether the server is the right one is checked as ever, by TLS, before the request is written.
 */
export class EarlyAgent extends Agent {
  readonly #early: EarlyConnections
  /** Those that it has opened, or asked for. */
  readonly #names = new Set<string>()

  /** @param early - connections that were opened before there was this agent, and those of other agents. */
  constructor({ ca, cert, key, servername, rejectUnauthorized }: Material, early = new EarlyConnections()) {
    // Each is named, even where it is not set: else the environment could set it (NODE_TLS_REJECT_UNAUTHORIZED).
    const material = { ca, cert, key, servername, rejectUnauthorized }
    super({ keepAlive: true, keepAliveMsecs: 30_000, ...material, minVersion: 'TLSv1.2' })
    this.#early = early
  }

  /**
   * Sees to it that so many connections to a server are open, or being opened, that no request has.
   * One that fails is no error: the request that would have had it makes its own, and says what is wrong.
   */
  openAhead({ hostname, port }: URL, count: number): void {
    const host = hostname.replace(/^\[|\]$/g, '')
    const { servername = isIP(host) ? '' : host } = this.options
    const options = { ...this.options, host, port: Number(port || 443), servername }
    const name = this.#nameOf(options)
    const there = this.#early.count(name) + (this.freeSockets[name]?.length ?? 0)
    for (let missing = count - there; missing > 0; missing--) {
      const socket = super.createConnection(options)
      if (socket) this.#early.keep(socket, name)
    }
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>): Duplex | null | undefined {
    return this.#early.take(this.#nameOf(options)) ?? super.createConnection(options, callback)
  }

  /** Closes those that no request has; those of other agents stay. */
  closeEarly(): void {
    this.#early.close(this.#names)
  }

  #nameOf(options: Parameters<Agent['getName']>[0]): string {
    const name = this.getName(options)
    this.#names.add(name)
    return name
  }

  override destroy(): void {
    this.closeEarly()
    super.destroy()
  }
}

/** What fails is closed, and forgotten then. */
const ignore = (): void => undefined

/** Not closed, and nothing said by the server, such as that it has waited long enough. */
function isFresh({ destroyed, readableEnded, readableLength }: Duplex): boolean {
  return !destroyed && !readableEnded && readableLength === 0
}
