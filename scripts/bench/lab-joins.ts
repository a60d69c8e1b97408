/** Nodes that ask a lab for their certificates. */
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { startLabProcess, TOKEN } from './lab-process.ts'

/** Requests under way at once. */
const CONNECTIONS = 16
const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** The requests of so many nodes, as their bodies; ECDSA keys. */
export function requestsOf(nodes: number): Promise<Buffer[]> {
  return Promise.all(Array.from({ length: nodes }, (_, i) => bodyOf(`node-${i}`)))
}

export interface Joined {
  readonly seconds: number
  /** Processor time of the lab; undefined where nobody tells. */
  readonly cpuMs: number | undefined
}

/** What the second half of the requests took, in a process of its own; its compiler warms up with the first half. */
export async function joinInProcess(bodies: readonly Buffer[], ...flags: string[]): Promise<Joined> {
  const half = bodies.length / 2
  await using lab = await startLabProcess(...flags)
  await join(lab.port, bodies.slice(0, half))
  const cpuBefore = lab.cpuMs()
  const started = performance.now()
  await join(lab.port, bodies.slice(half))
  const seconds = (performance.now() - started) / 1000
  const cpuAfter = lab.cpuMs()
  const known = cpuBefore !== undefined && cpuAfter !== undefined
  return { seconds, cpuMs: known ? cpuAfter - cpuBefore : undefined }
}

async function bodyOf(nodeName: string): Promise<Buffer> {
  const keyPair = await generateKeyPair('ecdsa-p256')
  const identity = { nodeName, commonName: `system:node:${nodeName}`, organization: 'system:nodes' } as const
  const { pem } = createCertificateRequest({ identity, keyPair })
  return Buffer.from(
    JSON.stringify({
      metadata: { name: nodeName },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
        usages: ['digital signature', 'client auth'],
      },
    }),
  )
}

/** Sends every request, and returns when the watch has brought every certificate. */
async function join(port: number, bodies: readonly Buffer[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS + 1, rejectUnauthorized: false })
  const common = { host: '127.0.0.1', port, agent, headers: { authorization: `Bearer ${TOKEN}` } }
  const watching = request({ ...common, path: `${PATH}?watch=1&resourceVersion=0` }).end()
  const [response] = (await once(watching, 'response')) as [NodeJS.ReadableStream]
  const names = new Set(
    bodies.map((body) => (JSON.parse(body.toString()) as { metadata: { name: string } }).metadata.name),
  )
  const delivered = new Promise<void>((resolve) => {
    const lines = createInterface({ input: response })
    lines.on('error', () => undefined) // the watch is cut below
    lines.on('line', (line) => {
      const { object } = JSON.parse(line) as {
        object: { metadata: { name: string }; status: { certificate?: string } }
      }
      if (object.status.certificate !== undefined && names.delete(object.metadata.name) && names.size === 0) resolve()
    })
  })
  const queue = bodies.values()
  const lane = async (): Promise<void> => {
    for (const body of queue) await post(common, body)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, lane))
  await delivered
  watching.destroy()
  agent.destroy()
}

async function post(common: object, body: Buffer): Promise<void> {
  const { headers } = common as { headers: Record<string, string> }
  const sent = request({
    ...common,
    ...{ method: 'POST', path: PATH },
    headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 201) throw new Error(`a request was answered with ${response.statusCode}`)
}
