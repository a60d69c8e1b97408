/** Sends recorded requests over HTTPS in the recorded identities. */
import { readFileSync } from 'node:fs'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import type { RecordedRequest, Recordings } from './recording.ts'

export interface Client {
  /** @param as - names of identities, joined by `+`. @returns the answer once its headers are there. */
  open(as: string, request: RecordedRequest): Promise<IncomingMessage>
  /** Opens and reads the whole. */
  send(as: string, request: RecordedRequest): Promise<{ response: IncomingMessage; raw: Buffer }>
  /** Sends the head of a request, whose body is for ever on its way. It may fail without a word. */
  begin(as: string, request: RecordedRequest): ClientRequest
  close(): void
}

/** Certificates and keys are read once, however many labs are asked. */
export function credentialsOf({ dir, identities }: Recordings): (as: string) => { token?: string; tls: object } {
  const files = new Map<string, Buffer>()
  const file = (name: string): Buffer => {
    const content = files.get(name) ?? readFileSync(join(dir, name))
    files.set(name, content)
    return content
  }
  return (as) => {
    const parts = as.split('+').map((name) => {
      const identity = identities[name]
      if (!identity) throw new Error(`there is no identity ${name}`)
      return identity
    })
    const token = parts.findLast((part) => part.token !== undefined)?.token
    const pair = parts.findLast((part) => part.clientCertificate !== undefined)
    const tls = {
      ca: file('pki/ca.crt'),
      ...(pair?.clientCertificate && { cert: file(pair.clientCertificate) }),
      ...(pair?.clientKey && { key: file(pair.clientKey) }),
    }
    return { tls, ...(token !== undefined && { token }) }
  }
}

export function createClient(port: number, credentials: ReturnType<typeof credentialsOf>): Client {
  const agents = new Map<string, Agent>()
  const optionsOf = (as: string, recorded: RecordedRequest, body: Buffer | undefined): RequestOptions => {
    const { tls, token } = credentials(as)
    const agent = agents.get(as) ?? new Agent({ ...tls, keepAlive: true })
    agents.set(as, agent)
    return {
      ...{ agent, host: '127.0.0.1', port, method: recorded.method, path: recorded.path + queryOf(recorded) },
      headers: headersOf(recorded, body, token),
    }
  }
  const open = (as: string, recorded: RecordedRequest): Promise<IncomingMessage> => {
    const body = bodyOf(recorded)
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(optionsOf(as, recorded, body), resolve)
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
  return {
    open,
    send: async (as, recorded) => {
      const response = await open(as, recorded)
      return { response, raw: await rawBody(response) }
    },
    begin: (as, recorded) => {
      const options = optionsOf(as, recorded, bodyOf(recorded))
      const outgoing = httpsRequest(options)
      outgoing.on('error', () => undefined)
      if (recorded.body !== undefined) {
        outgoing.setHeader('expect', '100-continue')
        outgoing.setHeader('content-length', '1000')
        outgoing.flushHeaders()
      }
      return outgoing
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

/** Everything that comes until the answer ends. */
export async function rawBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function bodyOf({ body, bodyEncoding, bodyGenerated }: RecordedRequest): Buffer | undefined {
  if (bodyGenerated) {
    const { prefix, repeat, count, suffix } = bodyGenerated
    return Buffer.from(prefix + repeat.repeat(count) + suffix)
  }
  if (body === undefined || body === null) return undefined
  if (typeof body !== 'string') return Buffer.from(spaced(body))
  return Buffer.from(body, bodyEncoding === 'base64' ? 'base64' : 'utf8')
}

/** JSON with a space after each colon and comma, as the recorder sent it: some messages show the beginning of a body. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`)
    .join(', ')}}`
}

function headersOf(
  { headers: replaced = {}, method }: RecordedRequest,
  body: Buffer | undefined,
  token: string | undefined,
): Record<string, string> {
  const headers = new Map([
    ['user-agent', 'recorder/1.0'],
    ['accept', 'application/json'],
  ])
  if (body) headers.set('content-type', 'application/json')
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  for (const [name, value] of Object.entries(replaced)) {
    if (value === null) headers.delete(name.toLowerCase())
    else headers.set(name.toLowerCase(), value)
  }
  if (body) headers.set('content-length', String(body.length))
  else if (['POST', 'PUT', 'PATCH'].includes(method)) headers.set('content-length', '0')
  return Object.fromEntries(headers)
}

function queryOf({ query = {} }: RecordedRequest): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${quote(name)}=${quote(value)}`),
  )
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

function quote(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
