import type { RetryPolicy } from '../backoff.ts'
import { nodeIdentity, type NodeIdentity } from '../identity/node-identity.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import { seededRandom } from '../seeded-random.ts'
import type { ControlPlane } from './api/control-plane.ts'
import { arrivals } from './arrivals.ts'
import { createSchedule, type Due } from './schedule.ts'
import type { FleetSettings } from './settings.ts'
import { plays } from './shard.ts'
import { type HeldPair, obtainCertificate, type Wish } from './simulated-node.ts'
import type { Kind, Phase, Tally } from './tally.ts'

/** What a node is about to do. */
type Task =
  | { readonly kind: 'join'; readonly node: number }
  | { readonly kind: 'rotate'; readonly node: number; readonly held: HeldPair }

export interface FleetWorld {
  readonly plane: ControlPlane
  readonly retry: Pick<RetryPolicy, 'clock' | 'random'>
  /** ms from the start of the run. */
  readonly now: () => number
  readonly signal: AbortSignal
  readonly tally: Tally
}

/** How many nodes a shard plays. */
export function plannedNodes({ nodes, shard }: FleetSettings): number {
  return Math.floor((nodes - shard.index - 1) / shard.of) + 1
}

/**
 * Plays the nodes of one shard until all are done.
 * @throws the signal's reason, when what was under way has ended; what of the control plane's connection is lost for all nodes
 */
export async function runFleet(settings: FleetSettings, world: FleetWorld): Promise<void> {
  const { plane, tally, now, signal } = world
  const { shard, rotateEveryMs, durationMs } = settings
  const stop = new AbortController()
  const all = AbortSignal.any([signal, stop.signal])
  const sleep = (ms: number, until: AbortSignal): Promise<void> => world.retry.clock.sleep(ms, until)
  const schedule = createSchedule<Task>(settings.concurrency, { now, sleep, signal: all })
  const retry: RetryPolicy = {
    ...world.retry,
    onProblem: (error) => {
      tally.retried(error)
    },
  }

  for (const [node, atMs] of arrivals({ ...settings, random: seededRandom(settings.seed) }).entries()) {
    if (plays(shard, node)) schedule.add({ atMs, what: { kind: 'join', node } })
  }

  const phase = (ended: Phase, ms: number): void => {
    tally.phase(ended, ms)
  }
  const obtain = async (kind: Kind, dueMs: number, wish: Wish): Promise<HeldPair> => {
    // A serving certificate is asked for when the client's is there, and waits for nothing.
    if (kind !== 'serving') tally.phase('start', Math.max(0, now() - dueMs))
    const { timeoutMs } = settings
    const pair = await obtainCertificate(wish, { plane, retry, timeoutMs, signal: all, now, phase })
    tally.issued(kind, now() - dueMs)
    return pair
  }
  const rotateAt = (dueMs: number): number | undefined => {
    if (rotateEveryMs === undefined) return undefined
    const next = dueMs + rotateEveryMs
    return durationMs === undefined || next <= durationMs ? next : undefined
  }
  const restUntil = (atMs: number | undefined, node: number, held: HeldPair): void => {
    if (atMs !== undefined) schedule.add({ atMs, what: { kind: 'rotate', node, held } })
  }
  const join = async (dueMs: number, node: number): Promise<void> => {
    const { emulate } = settings
    const identity = identityOf(node, settings)
    tally.counts.started++
    const held = await obtain('client', dueMs, { purpose: 'client', identity, emulate })
    if (settings.serving) {
      await obtain('serving', now(), { purpose: 'serving', identity, emulate, names: namesOf(node, identity), held })
    }
    tally.counts.joined++
    restUntil(rotateAt(now()), node, held)
  }
  const rotate = async (dueMs: number, node: number, held: HeldPair): Promise<void> => {
    const { emulate } = settings
    const wish: Wish = { purpose: 'client', identity: identityOf(node, settings), emulate, held }
    const next = await obtain('rotation', dueMs, wish)
    if (durationMs !== undefined) restUntil(rotateAt(dueMs), node, next)
  }
  const begin = async ({ atMs, what }: Due<Task>): Promise<void> => {
    tally.begun(atMs)
    try {
      if (what.kind === 'join') await join(atMs, what.node)
      else await rotate(atMs, what.node, what.held)
      tally.over()
    } catch (error) {
      if (all.aborted) {
        tally.over()
        return
      }
      if (what.kind === 'join') tally.counts.failed++
      tally.over(error)
    }
  }
  plane.lost.catch((error: unknown) => {
    stop.abort(error)
  })
  await plane.ready
  await schedule.run(begin)
}

/** Names of a fleet are of one length, so that they sort. */
function identityOf(node: number, { namePrefix, nodes }: FleetSettings): NodeIdentity {
  return nodeIdentity({ osHostname: `${namePrefix}${String(node).padStart(String(nodes - 1).length, '0')}` })
}

/** Addresses of a made-up network, one for each node. */
function namesOf(node: number, { nodeName }: NodeIdentity): SubjectAltNames {
  const octets = [10, (node >> 16) & 0xff, (node >> 8) & 0xff, node & 0xff]
  return { dnsNames: [nodeName], ipAddresses: [octets.join('.')] }
}
