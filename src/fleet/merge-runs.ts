import { CertletError } from '../errors.ts'
import { decodedLatencies, latencies } from './latencies.ts'
import type { EncodedLatencies, FleetError, RunRecord, Seconds } from './run-record.ts'

/** A run with the name that messages call it by: its file. */
export interface NamedRun {
  readonly name: string
  readonly run: RunRecord
}

/**
 * Joins shards of one run. Counts add up and histograms are joined count by count, so nothing is lost: percentiles are those of all nodes
 * together, not means of means.
 * @throws CertletError USAGE if they are not shards of the same run, or one is there twice
 */
export function mergeRuns([first, ...others]: readonly NamedRun[]): RunRecord {
  if (!first) throw new CertletError('USAGE', 'Cannot join the results of no run')
  return others.reduce((sum, { name, run }) => merged({ name: first.name, run: sum }, { name, run }), first.run)
}

function merged(one: NamedRun, other: NamedRun): RunRecord {
  const [a, b] = [one.run, other.run]
  refuseOthers(one, other)
  const startedAt = a.startedAt < b.startedAt ? a.startedAt : b.startedAt
  const endOf = ({ startedAt: start, wallMs }: RunRecord): number => Date.parse(start) + wallMs
  return {
    ...a,
    startedAt,
    wallMs: Math.max(endOf(a), endOf(b)) - Date.parse(startedAt),
    shards: [...a.shards, ...b.shards].sort((x, y) => x - y),
    interrupted: a.interrupted || b.interrupted,
    nodes: sumOf(a.nodes, b.nodes),
    certificates: sumOf(a.certificates, b.certificates),
    errors: mergedErrors(a.errors, b.errors),
    latency: joined(a.latency, b.latency),
    phases: joined(a.phases, b.phases),
    seconds: mergedSeconds(a.seconds, b.seconds),
    clients: [...a.clients, ...b.clients].sort((x, y) => x.shard - y.shard),
    labCpuMs: null, // of one lab several shards would count the same
    left: {
      requests: a.left.requests + b.left.requests,
      selectors: [...a.left.selectors, ...b.left.selectors],
    },
  }
}

/** What has to be the same: everything that the moments and the nodes' behaviour follow from. */
const SAME = ['nodes', 'arrival', 'rampMs', 'seed', 'connections', 'serving', 'rotateEveryMs', 'emulate'] as const

function refuseOthers({ name, run }: NamedRun, other: NamedRun): void {
  const refuse = (why: string): never => {
    throw new CertletError('USAGE', `Cannot join "${name}" and "${other.name}": ${why}`, {
      hint: 'the files must be of one run, one for each of its shards',
    })
  }
  if (run.of !== other.run.of) refuse(`one is of ${run.of} shards, the other of ${other.run.of}`)
  const twice = run.shards.find((shard) => other.run.shards.includes(shard))
  if (twice !== undefined) refuse(`shard ${twice}/${run.of} is in both`)
  const different = SAME.find((key) => run.settings[key] !== other.run.settings[key])
  if (different !== undefined) {
    refuse(
      `${different} is ${String(run.settings[different])} in one and ${String(other.run.settings[different])} in the other`,
    )
  }
}

function sumOf<Key extends string>(one: Record<Key, number>, other: Record<Key, number>): Record<Key, number> {
  const sums = Object.entries<number>(one).map(([key, value]) => [key, value + other[key as Key]])
  return Object.fromEntries(sums) as Record<Key, number>
}

function mergedErrors(one: readonly FleetError[], other: readonly FleetError[]): FleetError[] {
  const byCode = new Map(one.map((error) => [error.code, error]))
  for (const error of other) {
    const known = byCode.get(error.code)
    const { attempts, failed } = error
    byCode.set(
      error.code,
      known ? { ...known, attempts: known.attempts + attempts, failed: known.failed + failed } : error,
    )
  }
  return [...byCode.values()]
}

function joined<Name extends string>(one: EncodedLatencies<Name>, other: EncodedLatencies<Name>): Record<Name, string> {
  const entries = Object.entries<string>(one).map(([name, text]) => [name, joinedText(text, other[name as Name])])
  return Object.fromEntries(entries) as Record<Name, string>
}

function joinedText(one: string, other: string, digits: 2 | 3 = 3): string {
  const sum = latencies(digits)
  sum.add(decodedLatencies(one))
  sum.add(decodedLatencies(other))
  return sum.encoded()
}

/** Second by second: shards that began together count from the same moment. */
function mergedSeconds(one: Seconds, other: Seconds): Seconds {
  const { latency: ours, ...a } = one
  const { latency: theirs, ...b } = other
  const length = Math.max(ours.length, theirs.length)
  const columns = Object.entries(a).map(([name, values]) => [
    name,
    Array.from({ length }, (_, at) => (values[at] ?? 0) + (b[name as keyof typeof b][at] ?? 0)),
  ])
  const latency = Array.from({ length }, (_, at) => {
    const [x, y] = [ours[at] ?? null, theirs[at] ?? null]
    return x === null ? y : y === null ? x : joinedText(x, y, 2)
  })
  return { ...(Object.fromEntries(columns) as Omit<Seconds, 'latency'>), latency }
}
