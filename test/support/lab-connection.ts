import { X509Certificate } from 'node:crypto'
import type { KubeConfig } from '@kubernetes/client-node'
import type { RequestOptions } from 'node:https'
import { CertletError } from '../../src/errors.ts'
import type { Lab } from '../../src/lab/index.ts'
import { type Connect, connectionOver } from '../../src/kube/connection.ts'
import type { Wire } from '../../src/kube/wire.ts'

/** What a test does to the connections between an agent and a lab. */
export interface LabLink {
  readonly connect: Connect
  /** While set, no call arrives. */
  down: boolean
  /** The server's clock minus the node's, as the node sees it, ms. */
  skewMs: number
  /** Answers in the lab's place where it says something; undefined: the lab answers. */
  instead: (method: string, path: string) => { status: number; body: unknown } | undefined
}

/** Connects to a lab in the same process, without sockets: nothing then takes real time. */
export function linkTo(lab: () => Lab): LabLink {
  const link: LabLink = {
    down: false,
    skewMs: 0,
    instead: () => undefined,
    connect: (kubeConfig, retry) => connectionOver(wireTo(lab, kubeConfig, link, retry.clock), kubeConfig, retry),
  }
  return link
}

function wireTo(lab: () => Lab, kubeConfig: KubeConfig, link: LabLink, clock: { now(): Date }): Wire {
  const closed = new AbortController()
  let replaced = new AbortController()
  let material = ''
  return {
    get clockSkewMs() {
      return link.skewMs
    },
    open: async ({ method, url, headers = {}, body, signal }) => {
      signal?.throwIfAborted()
      const options: RequestOptions = {}
      await kubeConfig.applyToHTTPSOptions(options)
      const { pathname, search, origin } = new URL(url)
      if (link.down || origin !== lab().url)
        throw new CertletError('API_UNREACHABLE', `Cannot reach ${origin}: a test says so`)
      if (options.ca !== undefined && !String(options.ca).includes(lab().caPem.trim())) {
        throw new CertletError('API_CA_MISMATCH', `Cannot reach ${origin} safely: another CA`)
      }
      material = `${String(options.cert)}${String(options.ca)}`
      const gone = AbortSignal.any([closed.signal, ...(signal ? [signal] : [])])
      const other = link.instead(method, pathname + search)
      if (other) {
        const body = once(Buffer.from(JSON.stringify(other.body)))
        return {
          status: other.status,
          headers: { 'content-type': 'application/json' },
          body,
          replaced: replaced.signal,
        }
      }
      const sent = { ...headers, ...(options.headers as Record<string, string>) }
      const response = lab().handle({
        method,
        path: pathname + search,
        headers: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), [value].flat()])),
        ...(body !== undefined && { body: Buffer.from(body) }),
        ...(options.cert !== undefined && { clientCertificates: chainOf(String(options.cert), clock.now()) }),
        signal: gone,
      })
      const chunks = response.body
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers.map(([name, value]) => [name.toLowerCase(), value])),
        body: chunks instanceof Uint8Array ? once(chunks) : cancelled(chunks, gone),
        replaced: replaced.signal,
      }
    },
    openAhead: () => ({ [Symbol.dispose]: () => undefined }),
    explain: () => Promise.resolve(new CertletError('API_UNREACHABLE', 'The connection broke')),
    refresh: async () => {
      const options: RequestOptions = {}
      await kubeConfig.applyToHTTPSOptions(options)
      if (`${String(options.cert)}${String(options.ca)}` === material) return
      replaced.abort()
      replaced = new AbortController()
    },
    retire: () => {
      replaced.abort()
    },
    close: () => {
      closed.abort()
    },
  }
}

function chainOf(pem: string, _now: Date): Uint8Array[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block).raw)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** A watch whose reader has gone ends with the reader's reason, as a socket does. */
async function* cancelled(chunks: AsyncIterable<Uint8Array>, gone: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* chunks
  gone.throwIfAborted()
}
