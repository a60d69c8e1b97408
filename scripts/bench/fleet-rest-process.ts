// Joins nodes that then rest, and prints how much memory each of them holds. Run with --expose-gc, by fleet.ts and a test.
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import { controlPlane } from '../../src/fleet/api/control-plane.ts'
import { peerOf } from '../../src/fleet/api/peer.ts'
import { runFleet } from '../../src/fleet/run-fleet.ts'
import type { FleetSettings } from '../../src/fleet/settings.ts'
import { createTally } from '../../src/fleet/tally.ts'
import { startLabProcess } from './lab-process.ts'

const NODES = Number(process.argv[2] ?? 2000)
/** The first ones warm everything up and fill what is filled once. */
const WARM = Math.min(NODES, 200)

const stop = new AbortController()
const { signal } = stop
await using lab = await startLabProcess()
const kubeConfig = new KubeConfig()
kubeConfig.loadFromFile(lab.bootstrapPath)
const retry = { clock: systemClock, random: Math.random }
using plane = controlPlane('shared', await peerOf(kubeConfig, signal), {
  retry: { ...retry, onProblem: () => undefined },
  labels: {},
  signal,
})
const zero = performance.now()
const now = (): number => performance.now() - zero
const tally = createTally(now)

/** Heap and what lies beside it. */
function held(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function joined(count: number): Promise<void> {
  while (tally.counts.joined < count) await systemClock.sleep(20)
}

const settings: Omit<FleetSettings, 'nodes'> = {
  ...{ shard: { index: 0, of: 1 }, arrival: 'burst', rampMs: 0, seed: 1, concurrency: 100, connections: 'shared' },
  ...{ serving: false, rotateEveryMs: 3_600_000, durationMs: 7_200_000, emulate: '1.36', timeoutMs: 60_000 },
  namePrefix: 'rest-',
}
const world = { plane, retry, now, signal, tally }
const warm = runFleet({ ...settings, nodes: WARM }, world).catch(() => undefined)
await joined(WARM)
const before = held()
const measured = runFleet({ ...settings, nodes: NODES, namePrefix: 'rest-2-' }, world).catch(() => undefined)
await joined(WARM + NODES)
console.log(JSON.stringify({ bytesPerNode: (held() - before) / NODES }))
stop.abort(new Error('measured'))
await Promise.all([warm, measured])
