import { decodedLatencies } from './latencies.ts'
import type { RunRecord } from './run-record.ts'
import { KINDS, PHASES } from './tally.ts'

/** One number that a run is judged by. */
export interface RunFigure {
  readonly name: string
  readonly value: number
  readonly unit: 'ms' | 'nodes' | 'certificates' | 'per second' | 'share' | 'MiB' | 'errors'
  readonly better?: 'more' | 'less'
}

/** Certificates a second from the first arrival to the last certificate. */
export function rateOf({ certificates, wallMs }: RunRecord): number {
  const all = KINDS.reduce((sum, kind) => sum + certificates[kind], 0)
  return wallMs === 0 ? 0 : all / (wallMs / 1000)
}

/** Processor time of all clients, ms for each certificate. */
export function clientMsEach({ clients, certificates }: RunRecord): number {
  const all = KINDS.reduce((sum, kind) => sum + certificates[kind], 0)
  return all === 0 ? 0 : clients.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / all
}

/** The busiest event loop of all clients, as a share of the time. */
export function busiestLoop({ clients }: RunRecord): number {
  return Math.max(0, ...clients.map(({ loop }) => loop))
}

/** The figures of a run, latencies of kinds that did not occur left out. */
export function figuresOf(run: RunRecord): RunFigure[] {
  const { nodes, certificates, errors } = run
  const shares = [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ] as const
  const ofLatencies = (name: string, encoded: string): RunFigure[] => {
    const all = decodedLatencies(encoded)
    if (all.count === 0) return []
    const at = shares.map(
      ([share, value]) => ({ name: `${name} ${share}`, value: all.at(value), unit: 'ms', better: 'less' }) as const,
    )
    return [...at, { name: `${name} max`, value: all.longestMs, unit: 'ms', better: 'less' }]
  }
  return [
    { name: 'joined', value: nodes.joined, unit: 'nodes', better: 'more' },
    { name: 'failed', value: nodes.failed, unit: 'nodes', better: 'less' },
    {
      name: 'failed attempts',
      value: errors.reduce((sum, { attempts }) => sum + attempts, 0),
      unit: 'errors',
      better: 'less',
    },
    { name: 'rate', value: rateOf(run), unit: 'per second', better: 'more' },
    ...KINDS.filter((kind) => certificates[kind] > 0).flatMap((kind) => ofLatencies(kind, run.latency[kind])),
    ...PHASES.flatMap((phase) => ofLatencies(`phase ${phase}`, run.phases[phase])),
    { name: 'client CPU', value: clientMsEach(run), unit: 'ms', better: 'less' },
    { name: 'client event loop', value: busiestLoop(run), unit: 'share' },
    {
      name: 'client memory',
      value: run.clients.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / 2 ** 20,
      unit: 'MiB',
    },
  ]
}
