/** The lab's page: a small HTTP server on loopback, behind a link that works once. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../clock.ts'
import type { Lab } from '../lab.ts'
import { createAccess, refusalOf } from './access.ts'
import { type Assets, assets as built } from './assets.ts'
import { createBoard } from './board.ts'
import { bodyOf, HEADERS, json, plain, type Reply, sendReply } from './reply.ts'
import { answerPage } from './routes.ts'
import { startViewer } from './viewer.ts'

export interface Page extends AsyncDisposable {
  /** A link that works once. */
  readonly url: string
}

export interface PageOptions {
  readonly clock: Clock
  /** 0 takes a free one. */
  readonly port: number
  /** Told of the next link when one was used. */
  readonly onLink?: (url: string) => void
  readonly assets?: Assets
}

const HOST = '127.0.0.1'

/** Serves the page of a lab until it is disposed of. @throws the system's error for a taken port */
export async function servePage(lab: Lab, { clock, port, onLink, assets = built }: PageOptions): Promise<Page> {
  const folder = `/${randomBytes(8).toString('hex')}/`
  const access = createAccess(folder)
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '': ['text/html; charset=utf-8', assets.html],
    'page.js': ['text/javascript; charset=utf-8', assets.script],
    'page.css': ['text/css; charset=utf-8', assets.style],
    'icon.svg': ['image/svg+xml', assets.icon],
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Reply | 'streamed'> {
    const { method = '', headers } = incoming
    const [path = ''] = (incoming.url ?? '').split('?')
    const below = path.startsWith(folder) ? path.slice(folder.length) : undefined
    const data = below?.startsWith('api/') === true
    const { host, origin, 'sec-fetch-site': site } = headers
    const refusal = refusalOf({ method, host, origin, site: site?.toString() }, data)
    if (refusal !== undefined) return json(403, { error: refusal })
    if (below === undefined) return plain(404, 'Open the whole link that the lab has printed.\n')
    if (data) return answerData(below.slice('api/'.length), incoming, outgoing)
    const file = Object.hasOwn(files, below) ? files[below] : undefined
    if (!file) return plain(404, 'There is no such page.\n')
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'GET it.\n')
    return { status: 200, type: file[0], text: file[1] }
  }

  async function answerData(
    path: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ): Promise<Reply | 'streamed'> {
    const { method = '', headers } = incoming
    const body = await bodyOf(incoming)
    if (body === undefined) return json(413, { error: 'this is too much' })
    if (body !== '' && headers['content-type'] !== 'application/json') {
      return json(415, { error: 'send application/json' })
    }
    if (method === 'POST' && path === 'session') return openSession(body)
    if (!access.knows(headers.cookie ?? '')) return json(401, { error: 'open the link that the lab has printed' })
    if (method === 'GET' && path === 'events') {
      stream(outgoing)
      return 'streamed'
    }
    const answered = await answerPage({ board, lab }, { method, path: path.split('/').map(decoded), body })
    return json(answered.status, answered.body)
  }

  /** @param body - `{"token": "…"}`, with what stands behind the # of a link. */
  function openSession(body: string): Reply {
    const [, token = ''] = /^\{"token":"([\w-]+)"\}$/.exec(body) ?? []
    const cookie = access.redeem(token)
    if (cookie === undefined) return json(403, { error: 'this link was used already' })
    onLink?.(link())
    return { status: 204, text: '', cookie }
  }

  function stream(outgoing: ServerResponse): void {
    outgoing.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' })
    const end = startViewer(board, {
      write: (text) => outgoing.write(text),
      drained: (listener) => outgoing.once('drain', listener),
    })
    outgoing.once('close', end)
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).then(
      (reply) => {
        if (reply !== 'streamed') sendReply(outgoing, reply)
      },
      () => {
        if (outgoing.headersSent) outgoing.destroy()
        else sendReply(outgoing, json(500, { error: 'the lab has a defect here' }))
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port: taken } = server.address() as AddressInfo
  const link = (): string => `http://${HOST}:${taken}${folder}#${access.newToken()}`
  const stop = new AbortController()
  const board = createBoard(lab, clock, stop.signal)
  return {
    url: link(),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await Promise.all([closed, board.ended])
    },
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
