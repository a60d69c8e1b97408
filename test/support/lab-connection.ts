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
}

/** Connects to a lab in the same process, without sockets: nothing then takes real time. */
export function linkTo(lab: () => Lab): LabLink {
  const link: { down: boolean; connect: Connect } = {
    down: false,
    connect: (kubeConfig, retry) => connectionOver(wireTo(lab, kubeConfig, link, retry.clock), kubeConfig, retry),
  }
  return link
}

function wireTo(
  lab: () => Lab,
  kubeConfig: KubeConfig,
  link: { readonly down: boolean },
  clock: { now(): Date },
): Wire {
  const closed = new AbortController()
  let replaced = new AbortController()
  let material = ''
  return {
    clockSkewMs: 0,
    open: async ({ method, url, headers = {}, body, signal }) => {
      signal?.throwIfAborted()
      const options: RequestOptions = {}
      await kubeConfig.applyToHTTPSOptions(options)
      const { pathname, search, origin } = new URL(url)
      if (link.down || origin !== lab().url)
        throw new CertletError('API_UNREACHABLE', `Cannot reach ${origin}: a test says so`)
      if (options.ca !== undefined && String(options.ca).trim() !== lab().caPem.trim()) {
        throw new CertletError('API_CA_MISMATCH', `Cannot reach ${origin} safely: another CA`)
      }
      material = `${String(options.cert)}${String(options.ca)}`
      const gone = AbortSignal.any([closed.signal, ...(signal ? [signal] : [])])
      const sent = { ...headers, ...(options.headers as Record<string, string>) }
      const response = lab().handle({
        method,
        path: pathname + search,
        headers: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), [value]])),
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
    explain: () => Promise.resolve(new CertletError('API_UNREACHABLE', 'The connection broke')),
    refresh: async () => {
      const options: RequestOptions = {}
      await kubeConfig.applyToHTTPSOptions(options)
      if (`${String(options.cert)}${String(options.ca)}` === material) return
      replaced.abort()
      replaced = new AbortController()
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
