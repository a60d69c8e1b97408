import { X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { dump } from 'js-yaml'
import type { BootstrapToken } from '../../src/discovery/bootstrap-token.ts'
import { type CaPin, pinOf } from '../../src/discovery/ca-pins.ts'
import { detachedSignature } from '../../src/discovery/detached-jws.ts'
import { apiServerPurpose, type Authority, createAuthority, issue, type Purpose } from '../../src/lab/pki/authority.ts'

export interface ServerCertificate {
  /** When it is issued, and for how long. */
  readonly now: Date
  readonly lifetimeDays: number
  readonly purpose: Purpose
}

/** One answer of the server. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A small server that says what a test wants. It is gone at the end of the block. */
export interface HostileApi extends AsyncDisposable {
  readonly url: string
  readonly ca: Authority
  readonly pin: CaPin
  /** Answers, one for each request in turn; the last one goes on. */
  answer(...answers: Answer[]): void
  /** A kubeconfig with this server and CA, as cluster-info holds it. */
  clusterInfo(but?: { server?: string; caPem?: string }): string
  readonly requests: IncomingMessage[]
}

/** @param certificate - of the server, as far as it is not an ordinary one of today. */
export async function hostileApi(
  signer?: Authority,
  { now = new Date(), lifetimeDays = 365, purpose = apiServerPurpose('hostile') }: Partial<ServerCertificate> = {},
): Promise<HostileApi> {
  const ca = signer ?? (await createAuthority('kubernetes', now))
  const { certificatePem, keyPem } = await issue(ca, purpose, { now, lifetimeDays })
  const requests: IncomingMessage[] = []
  let answers: Answer[] = []
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    requests.push(request)
    const next = answers.length > 1 ? answers.shift() : answers[0]
    if (next) next(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    url,
    ca,
    pin: pinOf(new X509Certificate(ca.certificatePem)),
    requests,
    answer: (...given) => {
      answers = given
    },
    clusterInfo: ({ server: address = url, caPem = ca.certificatePem } = {}) => kubeconfigOf(address, caPem),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<unknown>((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function kubeconfigOf(server: string, caPem: string): string {
  const cluster = { 'certificate-authority-data': Buffer.from(caPem).toString('base64'), server }
  return dump({ apiVersion: 'v1', clusters: [{ cluster, name: '' }], contexts: null, kind: 'Config', users: null })
}

/** Answers with JSON. */
export function json(body: unknown, status = 200): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** Answers with the ConfigMap cluster-info, signed with `tokens` over `signed`. */
export function configMap(kubeconfig: string, tokens: readonly BootstrapToken[], signed = kubeconfig): Answer {
  const signatures = tokens.map((token) => [`jws-kubeconfig-${token.id}`, detachedSignature(signed, token)] as const)
  return json({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cluster-info', namespace: 'kube-public' },
    data: Object.fromEntries([['kubeconfig', kubeconfig], ...signatures]) as Record<string, string>,
  })
}
