// A lab in this process, filled and watched; prints its figures as JSON. Run with --expose-gc, by lab-crowd.ts.
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { median } from './figure.ts'

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
/** A hundredth of all, say, to see that it works. */
const SHARE = Number(process.argv[2] ?? 1)
const OBJECTS = 10_000 * SHARE
const WATCHES = 1000 * SHARE
const CREATES = 300 * SHARE

await using lab = await startLab()
const stop = new AbortController()
const keyPair = await generateKeyPair('ecdsa-p256')
const identity = { nodeName: 'n', commonName: 'system:node:n', organization: 'system:nodes' } as const
const { pem } = createCertificateRequest({ identity, keyPair })

/** Every object has texts of its own, as different nodes' requests have. */
const bodyOf = (name: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      metadata: { name },
      spec: {
        request: Buffer.from(`${pem}${name}\n`).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
        usages: ['digital signature', 'client auth'],
      },
    }),
  )
const headersOf = ({ token }: Lab): Record<string, string[]> => ({
  authorization: [`Bearer ${token}`],
  'content-type': ['application/json'],
})
const create = (lab: Lab, name: string): void => {
  const headers = headersOf(lab)
  const { status } = lab.handle({ method: 'POST', path: PATH, headers, body: bodyOf(name) })
  if (status !== 201) throw new Error(`create was answered with ${status}`)
}
const settled = async (lab: Lab, name: string): Promise<void> => {
  for (;;) {
    const { body } = lab.handle({ method: 'GET', path: `${PATH}/${name}`, headers: headersOf(lab) })
    if (body instanceof Uint8Array && Buffer.from(body).includes('"certificate"')) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const timeOfCreate = async (lab: Lab, prefix: string): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < CREATES; i++) {
    const started = performance.now()
    create(lab, `${prefix}-${i}`)
    times.push(performance.now() - started)
    await settled(lab, `${prefix}-${i}`)
  }
  return median(times)
}
const heap = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
const watch = async (name: string): Promise<void> => {
  const path = `${PATH}?watch=1&fieldSelector=metadata.name%3D${name}`
  const { body } = lab.handle({ method: 'GET', path, headers: headersOf(lab), signal: stop.signal })
  if (!(body instanceof Uint8Array)) for await (const _ of body);
}

await timeOfCreate(lab, 'warm')
const before = heap()
for (let i = 0; i < OBJECTS; i++) {
  create(lab, `object-${i}`)
  if (i % 100 === 99) await settled(lab, `object-${i}`)
}
const bytesPerObject = (heap() - before) / OBJECTS
const watches = Array.from({ length: WATCHES }, (_, i) => watch(`object-${i}`))
await new Promise((resolve) => setImmediate(resolve))
const crowdedMs = await timeOfCreate(lab, 'crowded')
// Last, in a lab of its own: the code is as warm as it was for the crowd.
await using empty = await startLab()
const emptyMs = await timeOfCreate(empty, 'empty')
console.log(JSON.stringify({ bytesPerObject, emptyMs, crowdedMs }))
stop.abort()
await Promise.all(watches)
