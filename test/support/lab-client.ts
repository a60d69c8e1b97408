import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { load } from 'js-yaml'
import type { Lab } from '../../src/lab/index.ts'

/** An answer that came over the network. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The text as JSON. */
  readonly body: Record<string, unknown>
}

/** As much of a lab as a client needs. */
export type Reachable = Pick<Lab, 'url' | 'caPem' | 'token'>

/** The lab that wrote a bootstrap kubeconfig. */
export function labIn(bootstrapKubeconfig: string): Reachable {
  const { clusters, users } = load(bootstrapKubeconfig) as {
    clusters: { cluster: Record<string, string> }[]
    users: { user: Record<string, string> }[]
  }
  const { server: url = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {}
  return { url, caPem: Buffer.from(ca, 'base64').toString(), token: users[0]?.user['token'] ?? '' }
}

export interface SendOptions {
  /** Texts and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Record<string, string>
}

/** Sends a request to a lab over HTTPS on a connection of its own, with the bootstrap token unless another is given. */
export function send(lab: Reachable, method: string, path: string, options: SendOptions = {}): Promise<Reply> {
  return exchange(lab, method, path, options, { authorization: `Bearer ${options.token ?? lab.token}` }, {})
}

/** Sends a request with a client certificate. */
export function sendWithPair(
  lab: Pick<Lab, 'url' | 'caPem'>,
  method: string,
  path: string,
  { body, ...pair }: { cert: string; key: string; body?: unknown },
): Promise<Reply> {
  return exchange(lab, method, path, { body }, {}, pair)
}

/** Sends a request as the cluster's administrator. */
export function sendAsAdmin(
  lab: Pick<Lab, 'url' | 'caPem' | 'adminKubeconfig'>,
  method: string,
  path: string,
  options: SendOptions = {},
): Promise<Reply> {
  const kubeconfig = load(lab.adminKubeconfig()) as { users: { user: Record<string, string> }[] }
  const { user } = kubeconfig.users[0] ?? { user: {} }
  const pem = (name: string): string => Buffer.from(user[name] ?? '', 'base64').toString()
  const pair = { cert: pem('client-certificate-data'), key: pem('client-key-data') }
  return exchange(lab, method, path, options, {}, pair)
}

/** With the length, since Node sends none with a DELETE. */
function framed(text: string | Uint8Array): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
}

function exchange(
  lab: Pick<Reachable, 'url' | 'caPem'>,
  method: string,
  path: string,
  { body, headers }: SendOptions,
  credentials: Record<string, string>,
  pair: { cert?: string; key?: string },
): Promise<Reply> {
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  const text = raw ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${lab.url}${path}`,
      {
        method,
        ca: lab.caPem,
        agent: new Agent({ keepAlive: false }),
        headers: { ...(text !== undefined && framed(text)), ...credentials, ...headers },
        ...pair,
      },
      (incoming) => {
        let received = ''
        incoming
          .setEncoding('utf8')
          .on('data', (chunk: string) => (received += chunk))
          .once('error', reject)
          .once('end', () => {
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: received,
              get body() {
                return JSON.parse(received) as Record<string, unknown>
              },
            })
          })
      },
    )
    outgoing.once('error', reject).end(text)
  })
}
