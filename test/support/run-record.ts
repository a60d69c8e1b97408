import { createTally, encodedLatencies } from '../../src/fleet/tally.ts'
import { FORMAT, type RunRecord } from '../../src/fleet/run-record.ts'

/** A run of ten nodes in which all went well. */
export function runRecord(over: Partial<RunRecord>): RunRecord {
  const tally = createTally(() => 500)
  for (let node = 0; node < 10; node++) {
    tally.begun(node)
    for (const phase of ['start', 'request', 'approval', 'signing', 'check'] as const) tally.phase(phase, 1)
    tally.issued('client', 5 + node)
    tally.counts.started++
    tally.counts.joined++
    tally.over()
  }
  return {
    format: FORMAT,
    certlet: '0.0.0',
    startedAt: '2026-11-26T18:00:00.000Z',
    wallMs: 1000,
    settings: {
      ...{ nodes: 10, arrival: 'burst', rampMs: 0, seed: 1, concurrency: 10, connections: 'own', serving: false },
      ...{ rotateEveryMs: null, emulate: '1.36', timeoutMs: 1000, server: 'https://127.0.0.1:1', lab: true },
    },
    ...{ shards: [0], of: 1, interrupted: false, nodes: { planned: 10, ...tally.counts } },
    certificates: { client: 10, serving: 0, rotation: 0 },
    errors: [],
    latency: encodedLatencies(tally.latency),
    phases: encodedLatencies(tally.phases),
    seconds: tally.seconds(),
    clients: [{ shard: 0, cpuMs: 100, wallMs: 1000, loop: 0.1, residentBytes: 2 ** 20, cores: 2 }],
    labCpuMs: null,
    left: { requests: 0, selectors: [] },
    ...over,
  }
}
