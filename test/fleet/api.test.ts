import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import type { NewSigningRequest, SigningRequest, SigningRequestApi } from '../../src/csr/signing-request.ts'
import { CertletError } from '../../src/errors.ts'
import { leanRequests } from '../../src/fleet/api/lean-requests.ts'
import { ownWire } from '../../src/fleet/api/own-wire.ts'
import { peerOf } from '../../src/fleet/api/peer.ts'
import { sharedWatch } from '../../src/fleet/api/shared-watch.ts'
import { sharedWire } from '../../src/fleet/api/shared-wire.ts'
import { type FleetWire } from '../../src/fleet/api/wire.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import { signingRequests } from '../../src/kube/signing-requests.ts'
import { decide } from '../support/command.ts'
import { kubeletRequest } from '../support/lab-requests.ts'

const retry = { clock: systemClock, random: () => 0, onProblem: () => undefined }
const never = new AbortController().signal

async function requestOf(name: string): Promise<NewSigningRequest> {
  const { spec } = (await kubeletRequest(name, name)) as {
    spec: { request: string; signerName: string; usages: string[] }
  }
  const { signerName, usages } = spec
  return { name, signerName, usages, request: Buffer.from(spec.request, 'base64').toString() }
}

function kubeConfigOf(lab: Lab): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(lab.bootstrapKubeconfig())
  return kubeConfig
}

/** What differs between two objects anyway. */
function comparable({
  uid: _uid,
  resourceVersion: _version,
  createdAt: _created,
  name: _name,
  request: _request,
  ...rest
}: SigningRequest): object {
  return rest
}

describe('the certificates API of a fleet', () => {
  for (const kind of ['own', 'shared'] as const) {
    it(`is, by ${kind} connections, the one that nodes use: create, read, changes, errors`, async () => {
      await using lab = await startLab({ approve: 'manual' })
      const kubeConfig = kubeConfigOf(lab)
      const peer = await peerOf(kubeConfig, never)
      const wire: FleetWire = kind === 'own' ? ownWire(peer) : sharedWire(peer)
      const labels = { 'certlet-fleet': 'x' }
      const lean = leanRequests({ wire, server: peer.server, retry, labels })
      using connection = connectionTo(kubeConfig, retry)
      const real = signingRequests(connection)
      try {
        const made: [SigningRequest, SigningRequest] = [
          await lean.create(await requestOf('lean'), never),
          await real.create(await requestOf('real'), never),
        ]
        assert.deepEqual(comparable(made[0]), comparable(made[1]))
        assert.deepEqual(await lean.read('lean', never), await real.read('lean', never))
        assert.equal(await lean.read('nobody', never), undefined)
        const { body } = await lab.admin('GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests/lean')
        assert.deepEqual((body as { metadata: { labels: object } }).metadata.labels, labels)

        for (const api of [lean, real]) {
          await assert.rejects(api.create(await requestOf('lean'), never), { code: 'REQUEST_CONFLICT' })
          const wrong = { ...(await requestOf('wrong')), usages: ['no such usage'] }
          await assert.rejects(api.create(wrong, never), { code: 'REQUEST_INVALID' })
        }
        const events = Promise.all([lean, real].map((api) => untilIssued(api, made[0])))
        await decide(lab, 'lean', 'Approved')
        const [ours, theirs] = await events
        assert.deepEqual(ours, theirs)
      } finally {
        wire.close()
      }
    })

    it(`tells, by ${kind} connections, what is wrong with an address, a CA and an abort`, async () => {
      await using lab = await startLab()
      const open = async (change: (kubeConfig: KubeConfig) => void, signal = never): Promise<unknown> => {
        const kubeConfig = kubeConfigOf(lab)
        change(kubeConfig)
        const peer = await peerOf(kubeConfig, never)
        const wire: FleetWire = kind === 'own' ? ownWire(peer) : sharedWire(peer)
        const api = leanRequests({ wire, server: peer.server, retry, labels: {} })
        return api.read('n', signal).finally(() => {
          wire.close()
        })
      }
      const cluster = (over: object) => (kubeConfig: KubeConfig) => {
        const [first] = kubeConfig.clusters
        if (first) kubeConfig.clusters = [{ ...first, ...over }]
      }
      await assert.rejects(open(cluster({ server: 'https://127.0.0.1:1' })), { code: 'API_UNREACHABLE' })
      await using other = await startLab()
      const caData = Buffer.from(other.caPem).toString('base64')
      await assert.rejects(open(cluster({ caData })), { code: 'API_CA_MISMATCH' })
      await assert.rejects(open(cluster({ proxyUrl: 'http://127.0.0.1:2' })), { code: 'USAGE' })
      const reason = new CertletError('INTERRUPTED', 'enough')
      await assert.rejects(
        open(() => undefined, AbortSignal.abort(reason)),
        { code: 'INTERRUPTED' },
      )
    })
  }

  it('has one watch for all that goes on when the server restarts, and misses nothing meanwhile', async () => {
    await using lab = await startLab({ approve: 'manual' })
    const peer = await peerOf(kubeConfigOf(lab), never)
    const wire = sharedWire(peer)
    const stop = new AbortController()
    const watching = sharedWatch({ wire, server: peer.server, retry }, stop.signal)
    watching.lost.catch(() => undefined)
    await watching.ready
    const lean = leanRequests({ wire, server: peer.server, retry, labels: {} })
    using expected = watching.expect('n1')
    const changes = expected.changes(never)
    await lean.create(await requestOf('n1'), never)
    await lab.restart()
    await decide(lab, 'n1', 'Approved')
    for (;;) {
      const next = await changes.next()
      assert.ok(next.done !== true)
      if (next.value.kind === 'present' && next.value.request.certificate !== undefined) break
    }
    // Another node's request is nobody's here.
    using silent = watching.expect('n2')
    const waiting = silent.changes(AbortSignal.timeout(50)).next()
    await assert.rejects(waiting, { name: 'TimeoutError' })
    stop.abort()
    wire.close()
  })
})

/** What a node sees of its request, from the moment it was made until it is issued: verdicts alone. */
async function untilIssued(api: SigningRequestApi, { name, resourceVersion }: SigningRequest): Promise<string[]> {
  const seen: string[] = []
  for await (const event of api.changes(name, resourceVersion, never)) {
    if (event.kind === 'deleted') continue
    seen.push(event.request.conditions.map(({ type }) => type).join())
    if (event.request.certificate !== undefined) return [...seen, event.request.certificate]
  }
  return seen
}
