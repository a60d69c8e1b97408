import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { chownSync, readdirSync } from 'node:fs'
import type { RunningAgent } from '../../src/agent/run.ts'
import type { Purpose } from '../../src/csr/constants.ts'
import { decide } from '../support/command.ts'
import { failingDisk, unreadableFile } from '../support/failing-disk.ts'
import { simulatedNode, type SimulatedNode } from '../support/node.ts'

const MINUTE_MS = 60_000
/** More calls than a rotation makes. */
const MANY = 60

const prefixes = { client: 'kubelet-client', serving: 'kubelet-server' } as const
const serving = { nodeIps: ['192.0.2.7'], sans: [], machineNetwork: () => ({ interfaces: {} }) }

const serialOf = (pem: string): bigint => BigInt(`0x${new X509Certificate(pem).serialNumber}`)
/** Of the pair that a reader of the current link finds; it fails if there is none at this moment. */
const onDisk = (node: SimulatedNode, purpose: Purpose): bigint =>
  serialOf(node.read(`pki/${prefixes[purpose]}-current.pem`))
const leftOver = (node: SimulatedNode): string[] =>
  readdirSync(node.path('pki')).filter((name) => /\.(draft|tmp)$/.test(name))

/**
 * Rotates on a disk that is full from a call on, and frees it later.
 * @returns whether it was met: after the last call of a rotation it is not.
 */
async function rotateOnFull(
  node: SimulatedNode,
  agent: RunningAgent,
  purpose: Purpose,
  from: number,
): Promise<boolean> {
  using disk = failingDisk()
  const before = onDisk(node, purpose)
  const requests = (await node.requests()).length
  node.events.length = 0
  disk.fail('ENOSPC', from)
  const rotation = agent.rotate(purpose)
  await node.clock.pass(MINUTE_MS / 2)
  const at = `${purpose}, full from call ${from} on`
  const { certificate, waiting, ready } = node.report()[purpose] ?? {}
  // Once the pair is switched nothing is waited for, but that the disk lets the pending key go.
  if (onDisk(node, purpose) === before) assert.equal(waiting?.reason, 'disk-error', at)
  assert.ok(ready, `${at}: a credential is in place`)
  assert.equal(BigInt(`0x${certificate?.serial ?? ''}`), onDisk(node, purpose), `${at}: it is the one on disk`)
  disk.mend()
  await node.until((report) => report[purpose]?.waiting === undefined && leftOver(node).length === 0, 6 * MINUTE_MS)
  assert.equal((await rotation).kind, 'rotated', at)
  assert.notEqual(onDisk(node, purpose), before, at)
  assert.equal((await node.requests()).length, requests + 1, `${at}: one request`)
  const told = node.events.filter((event) => event.kind === 'rotated' && event.purpose === purpose)
  assert.equal(told.length, 1, `${at}: it is told once`)
  return disk.failed
}

describe('a disk that fails', () => {
  for (const purpose of ['client', 'serving'] as const) {
    it(`while it is full, at whichever call of a rotation, leaves a ${purpose} credential in use; then the rotation ends`, async () => {
      await using node = await simulatedNode({ approveServing: true }, { serving })
      const agent = await node.start()
      await node.ready()
      let from = 1
      while (await rotateOnFull(node, agent, purpose, from)) assert.ok(++from < MANY)
      assert.ok(from > 10, `a rotation makes ${from - 1} calls that need room`)
    }).timeout(60_000)
  }

  it('by becoming read-only is said once, and the rotation that is due comes when it can be written again', async () => {
    await using node = await simulatedNode({ signing: { duration: '4h' } })
    await node.start()
    await node.ready()
    using disk = failingDisk()
    const { rotateAt, serial } = node.report().client.certificate ?? {}
    assert.ok(rotateAt)
    disk.fail('EROFS', 1)
    await node.clock.pass(rotateAt.getTime() - node.clock.now().getTime() + 15 * MINUTE_MS)
    const { waiting, ready, certificate } = node.report().client
    assert.deepEqual([waiting?.reason, ready, certificate?.serial], ['disk-error', true, serial])
    assert.match(waiting?.sentence ?? '', /file system is read-only.*mount it writable/)
    const said = node.lines.filter((line) => line.includes('reason=disk-error'))
    assert.ok(said.length <= 2, said.join(''))
    disk.mend()
    await node.until(
      ({ client }) => client.waiting === undefined && client.certificate?.serial !== serial,
      6 * MINUTE_MS,
    )
  })

  it('at the first bootstrap keeps the token until it can be written', async () => {
    await using node = await simulatedNode()
    await node.start()
    await node.ready()
    await node.stop()
    node.giveToken()
    node.settings = { ...node.settings, certDir: node.path('other'), kubeconfigPath: node.path('etc/other.conf') }
    using disk = failingDisk()
    await node.start()
    disk.fail('ENOSPC', 12)
    await node.until(({ client }) => client.waiting?.reason === 'disk-error', 10 * MINUTE_MS)
    assert.ok(node.read('etc/bootstrap.conf').includes('token'))
    disk.mend()
    await node.until(({ client }) => client.ready, 6 * MINUTE_MS)
    assert.equal((await node.requests()).length, 2)
  })

  for (const name of ['kubelet.conf', 'kubelet-client-current.pem', 'certlet.machine']) {
    it(`that does not give away ${name} for a while says nothing about the credential: it stays, and nothing is asked for`, async () => {
      await using node = await simulatedNode()
      await node.start()
      await node.ready()
      await node.stop()
      node.giveToken() // with which another could be asked for
      const before = onDisk(node, 'client')
      {
        using file = unreadableFile(name)
        await node.start()
        await node.clock.pass(2 * MINUTE_MS)
        assert.ok(file.refused > 1, 'it is tried again')
        assert.equal(node.report().client.waiting?.reason, 'disk-error')
      }
      await node.until(({ client }) => client.ready && client.waiting === undefined, 6 * MINUTE_MS)
      assert.equal(onDisk(node, 'client'), before)
      assert.equal((await node.requests()).length, 1)
    })
  }

  it('that does not give away the bootstrap kubeconfig for a while is waited for, not the next change of the file', async () => {
    await using node = await simulatedNode()
    {
      using file = unreadableFile('bootstrap.conf')
      await node.start()
      await node.clock.pass(2 * MINUTE_MS)
      assert.ok(file.refused > 1, 'it is tried again')
      assert.equal(node.report().client.waiting?.reason, 'disk-error')
    }
    await node.until(({ client }) => client.ready, 6 * MINUTE_MS)
  })

  const asRoot = process.getuid?.() === 0 ? it : it.skip
  asRoot(
    'by giving the pending key to another user in the middle of a rotation leaves the old pair in use',
    async () => {
      await using node = await simulatedNode({ approve: 'manual' })
      const agent = await node.start()
      await node.until(({ client }) => client.request !== undefined)
      await decide(node.lab, node.report().client.request?.name ?? '', 'Approved')
      await node.ready()
      const before = onDisk(node, 'client')
      const rotation = agent.rotate('client')
      await node.until(({ client }) => client.request !== undefined)
      const { name = '' } = node.report().client.request ?? {}
      chownSync(node.path('pki/kubelet-client.key.tmp'), 4242, 4242)
      void agent.rotate('client') // looks at everything anew
      await node.until(({ client }) => client.waiting?.reason === 'disk-error')
      assert.match(node.report().client.waiting?.sentence ?? '', /belongs to user 4242/)
      assert.deepEqual([onDisk(node, 'client'), node.report().client.ready], [before, true])
      chownSync(node.path('pki/kubelet-client.key.tmp'), process.getuid?.() ?? 0, process.getgid?.() ?? 0)
      await decide(node.lab, name, 'Approved')
      await node.until(() => onDisk(node, 'client') !== before, 6 * MINUTE_MS)
      assert.equal((await rotation).kind, 'failed', 'whoever asked was told at once')
      assert.equal((await node.requests()).length, 2)
    },
  )
})
