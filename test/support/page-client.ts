import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface PageReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A browser that is as good, or as bad, as its headers. */
export interface PageClient {
  readonly origin: string
  /** Path of the page. */
  readonly folder: string
  readonly token: string
  send(method: string, path: string, options?: PageSend): Promise<PageReply>
  /** Spends the token; later requests have the cookie. */
  enter(): Promise<PageReply>
  /** Messages of the stream. */
  follow(): AsyncGenerator<Record<string, unknown>>
}

export interface PageSend {
  readonly body?: unknown
  /** Undefined takes one away that is sent otherwise. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

export function pageClient(link: string): PageClient {
  const { origin, host, pathname: folder, hash } = new URL(link)
  let cookie: string | undefined

  function open(method: string, path: string, { body, headers = {} }: PageSend): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const all = { host, origin, cookie, ...(text !== undefined && { 'content-type': 'application/json' }), ...headers }
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    const target = path.startsWith('/') ? path : `${folder}${path}`
    return new Promise((resolve, reject) => {
      request(`${origin}${target}`, { method, headers: given, agent: false }, resolve).once('error', reject).end(text)
    })
  }
  async function send(method: string, path: string, options: PageSend = {}): Promise<PageReply> {
    const incoming = await open(method, path, options)
    let text = ''
    for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk)
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, text }
  }
  return {
    ...{ origin, folder, token: hash.slice(1) },
    send,
    enter: async () => {
      const reply = await send('POST', 'api/session', { body: { token: hash.slice(1) } })
      cookie = reply.headers['set-cookie']?.[0]?.split(';')[0]
      return reply
    },
    follow: async function* () {
      const incoming = await open('GET', 'api/events', {})
      let left = ''
      try {
        for await (const chunk of incoming.setEncoding('utf8')) {
          const messages = `${left}${String(chunk)}`.split('\n\n')
          left = messages.pop() ?? ''
          for (const message of messages) yield JSON.parse(message.replace(/^data: /, '')) as Record<string, unknown>
        }
      } finally {
        incoming.destroy()
      }
    },
  }
}
