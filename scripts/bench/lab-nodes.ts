import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import type { Figure, Section } from './figure.ts'
import { startLabProcess, TOKEN } from './lab-process.ts'

const NODES = 1000
/** Requests under way at once. */
const CONNECTIONS = 16
const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

export const labNodes: Section = {
  name: 'lab.nodes',
  about: `${NODES} nodes created, approved, signed and delivered by one watch, ECDSA keys, the lab in a process of its own`,
  async measure({ tiny }): Promise<Figure[]> {
    const nodes = tiny ? 20 : NODES
    const bodies = await Promise.all(Array.from({ length: 2 * nodes }, (_, i) => bodyOf(`node-${i}`)))
    await using lab = await startLabProcess()
    await join(lab.port, bodies.slice(0, nodes)) // the compiler warms up with the first half
    const cpuBefore = lab.cpuMs()
    const started = performance.now()
    await join(lab.port, bodies.slice(nodes))
    const seconds = (performance.now() - started) / 1000
    const cpuAfter = lab.cpuMs()
    const rate: Figure = { name: 'lab.nodes.rate', value: nodes / seconds, unit: 'nodes/s' }
    if (cpuBefore === undefined || cpuAfter === undefined) return [rate]
    const cpuMs = (cpuAfter - cpuBefore) / nodes
    return [
      rate,
      { name: 'lab.nodes.cpu', value: cpuMs, unit: 'ms of the lab’s processor a node' },
      { name: 'lab.nodes.openssl', value: opensslMs(), unit: 'ms of that which no lab can do without' },
      { name: 'lab.nodes.core', value: 1000 / cpuMs, unit: 'nodes/s of one core', budget: { least: 1000 } },
    ]
  },
}

/** What OpenSSL takes for one node: its key imported, its signature verified, its certificate signed; processor time. */
function opensslMs(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const text = Buffer.alloc(400)
  const signature = sign('sha256', text, privateKey)
  const before = process.cpuUsage()
  for (let i = 0; i < NODES; i++) {
    verify('sha256', text, createPublicKey({ key: spki, type: 'spki', format: 'der' }), signature)
    sign('sha256', text, privateKey)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / NODES
}

async function bodyOf(nodeName: string): Promise<Buffer> {
  const keyPair = await generateKeyPair('ecdsa-p256')
  const identity = { nodeName, commonName: `system:node:${nodeName}`, organization: 'system:nodes' } as const
  const { pem } = await createCertificateRequest({ identity, keyPair })
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
