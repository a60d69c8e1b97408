import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { RetryPolicy } from '../backoff.ts'
import { version } from '../version.ts'
import { controlPlane } from './api/control-plane.ts'
import type { Peer } from './api/wire.ts'
import { plannedNodes, runFleet } from './run-fleet.ts'
import { FORMAT, type RunRecord } from './run-record.ts'
import type { FleetSettings } from './settings.ts'
import { createTally, encodedLatencies, type Tally } from './tally.ts'

/** Where a fleet plays, and with what. */
export interface Stage {
  readonly peer: Peer
  /** Whether the server is a lab that was started for it. */
  readonly lab: { readonly cpuMs: () => number | undefined } | undefined
  readonly retry: Pick<RetryPolicy, 'clock' | 'random'>
  readonly signal: AbortSignal
  /** Processor time of this process so far, and its memory. */
  readonly usage: () => { readonly cpuMs: number; readonly residentBytes: number }
  readonly cores: number
  /** When the first node may start; undefined: at once. */
  readonly startAt: Date | undefined
}

/** What is seen of a run while it lasts. */
export interface Playing {
  readonly tally: Tally
  readonly planned: number
  /** ms since the start; negative before it. */
  readonly now: () => number
}

export interface Played {
  readonly record: RunRecord
  /** The label that all requests of the run bear: `key=value`. */
  readonly selector: string
}

/** Label of the requests that a fleet makes, and of nothing else. */
const LABEL = 'certlet-fleet'

/**
 * Plays a fleet, or one shard of it. An interruption ends it early; its result says so.
 * @throws CertletError when the API server cannot be reached or refuses the credential from the start
 */
export async function play(
  settings: FleetSettings,
  stage: Stage,
  watching: (playing: Playing) => void,
): Promise<Played> {
  const { peer, retry, signal, usage, startAt } = stage
  const id = randomBytes(5).toString('hex')
  const end = new AbortController()
  using plane = controlPlane(settings.connections, peer, {
    retry: { ...retry, onProblem: () => undefined },
    labels: { [LABEL]: id },
    signal: AbortSignal.any([signal, end.signal]),
  })
  plane.lost.catch(() => undefined) // told by runFleet
  await plane.ready
  const aheadMs = startAt === undefined ? 0 : startAt.getTime() - retry.clock.now().getTime()
  if (aheadMs > 0) await retry.clock.sleep(aheadMs, signal)
  // What was meant to start while nobody was there yet is late, and counts as such.
  const zero = performance.now() + Math.min(0, aheadMs)
  const startedAt = new Date(retry.clock.now().getTime() + Math.min(0, aheadMs))
  const now = (): number => performance.now() - zero
  const tally = createTally(now)
  const planned = plannedNodes(settings)
  watching({ tally, planned, now })

  const before = { cpuMs: usage().cpuMs, labCpuMs: stage.lab?.cpuMs(), loop: performance.eventLoopUtilization() }
  const interrupted = await runFleet(settings, { plane, retry, now, signal, tally }).then(
    () => false,
    (error: unknown) => {
      if (signal.aborted) return true
      throw error
    },
  )
  const wallMs = Math.max(0, now())
  const after = { ...usage(), labCpuMs: stage.lab?.cpuMs() }
  const { utilization } = performance.eventLoopUtilization(before.loop)
  end.abort()
  const { index, of } = settings.shard
  return {
    selector: `${LABEL}=${id}`,
    record: {
      format: FORMAT,
      certlet: version,
      startedAt: startedAt.toISOString(),
      wallMs,
      settings: recordedSettings(settings, stage),
      shards: [index],
      of,
      interrupted,
      nodes: { planned, ...tally.counts },
      certificates: {
        client: tally.latency.client.count,
        serving: tally.latency.serving.count,
        rotation: tally.latency.rotation.count,
      },
      errors: [...tally.errors.values()].map((error) => ({ ...error })),
      latency: encodedLatencies(tally.latency),
      phases: encodedLatencies(tally.phases),
      seconds: tally.seconds(),
      clients: [
        {
          shard: index,
          cpuMs: after.cpuMs - before.cpuMs,
          wallMs,
          loop: utilization,
          residentBytes: after.residentBytes,
          cores: stage.cores,
        },
      ],
      labCpuMs: before.labCpuMs === undefined || after.labCpuMs === undefined ? null : after.labCpuMs - before.labCpuMs,
      left: { requests: stage.lab ? 0 : tally.phases.request.count, selectors: stage.lab ? [] : [`${LABEL}=${id}`] },
    },
  }
}

function recordedSettings(settings: FleetSettings, { peer, lab }: Stage): RunRecord['settings'] {
  const { nodes, arrival, rampMs, seed, concurrency, connections, serving, rotateEveryMs, emulate, timeoutMs } =
    settings
  return {
    ...{ nodes, arrival, rampMs, seed, concurrency, connections, serving, emulate, timeoutMs },
    rotateEveryMs: rotateEveryMs ?? null,
    server: peer.server,
    lab: lab !== undefined,
  }
}
