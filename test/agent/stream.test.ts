import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { CoreV1Api } from '@kubernetes/client-node'
import { ownConnection } from '../../src/agent/own-connection.ts'
import { startAgent } from '../../src/agent/run.ts'
import { systemClock } from '../../src/clock.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import { startLab } from '../../src/lab/index.ts'
import { createLog } from '../../src/log.ts'
import { until } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'

const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }

describe('requests with the node’s credential while it is rotated', () => {
  const folder = temporaryFolder()

  it('are all answered: those under way end on the old connection, the next go by the new pair', async () => {
    await using lab = await startLab({ objects: [NODE] })
    const controller = new AbortController()
    const { signal } = controller
    mkdirSync(folder.file('etc'))
    writeFileSync(folder.file('bootstrap.conf'), lab.bootstrapKubeconfig(), { mode: 0o600 })
    const context = {
      clock: systemClock,
      random: Math.random,
      uid: process.getuid?.() ?? 0,
      signal,
      machine: undefined,
    }
    const log = createLog(() => undefined, { format: 'text', least: 'error', now: () => new Date() })
    const kubeconfigPath = folder.file('etc/kubelet.conf')
    const agent = await startAgent(
      {
        identity: nodeIdentity({ osHostname: 'n1' }),
        source: { kind: 'file', path: folder.file('bootstrap.conf') },
        ...{ kubeconfigPath, certDir: folder.file('pki'), keyType: 'ecdsa-p256', emulation: '1.36', keepPairs: 0 },
        ...{ keepBootstrapKubeconfig: false, allowInsecure: false, dropStaleSans: false },
      },
      { ...context, log, newKeyPair: generateKeyPair, connect: connectionTo, happened: () => undefined },
      [],
    )
    await until(() => agent.report().client.ready, 'the first credential')

    const problems: unknown[] = []
    const retry = { clock: systemClock, random: Math.random, onProblem: (problem: unknown) => problems.push(problem) }
    using own = ownConnection(kubeconfigPath, { connect: connectionTo, retry })
    let answered = 0
    const done = new AbortController()
    const stream = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const connection = own.get()
        const api = new CoreV1Api(connection.configuration)
        const node = await api.readNode({ name: 'n1' }, connection.withSignal(signal))
        assert.equal(node.metadata?.name, 'n1')
        answered++
      }
    }
    const streams = Promise.all([stream(), stream(), stream(), stream()])
    const serials = new Set([agent.report().client.certificate?.serial])
    for (let rotation = 1; rotation <= 3; rotation++) {
      const before = answered
      assert.equal((await agent.rotate('client')).kind, 'rotated')
      serials.add(agent.report().client.certificate?.serial)
      await until(() => answered > before + 20, 'requests after the rotation')
    }
    done.abort()
    await streams
    controller.abort(new Error('the end'))
    await agent.ended
    assert.equal(serials.size, 4)
    assert.deepEqual(problems, [])
    assert.deepEqual(
      lab.requests.filter(({ status, resource }) => status === 401 || (resource === 'nodes' && status !== 200)),
      [],
    )
  }).timeout(30_000)
})
