import * as v from 'valibot'
import { CertletError, failures, type FailureCode } from '../errors.ts'
import { EMULATIONS } from '../csr/constants.ts'
import { CONNECTIONS } from './api/control-plane.ts'
import { ARRIVALS } from './arrivals.ts'
import { decodedLatencies } from './latencies.ts'
import { KINDS, PHASES } from './tally.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const counts = v.array(count)
const measure = v.pipe(v.number(), v.finite(), v.minValue(0))
/** Latencies, encoded; looked at, so that what reads a run later can rely on them. */
const encoded = v.pipe(
  v.string(),
  v.check((text) => {
    try {
      return decodedLatencies(text).count >= 0
    } catch {
      return false
    }
  }, 'no histogram'),
)
const eachOf = <Name extends string>(names: readonly Name[]): v.ObjectSchema<Record<Name, typeof encoded>, undefined> =>
  v.object(Object.fromEntries(names.map((name) => [name, encoded])) as Record<Name, typeof encoded>)
const code = v.picklist(Object.keys(failures) as FailureCode[])

/** The form of a run's file. It is API: docs/fleet.md. */
const schema = v.object({
  format: v.literal('certlet-fleet-run/1'),
  certlet: v.string(),
  /** When the first node could start. */
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** From then until the last node was done, ms. */
  wallMs: measure,
  settings: v.object({
    nodes: count,
    arrival: v.picklist(ARRIVALS),
    rampMs: measure,
    seed: count,
    concurrency: count,
    connections: v.picklist(CONNECTIONS),
    serving: v.boolean(),
    rotateEveryMs: v.nullable(measure),
    emulate: v.picklist(EMULATIONS),
    timeoutMs: measure,
    server: v.string(),
    lab: v.boolean(),
  }),
  /** Shards that this is the result of, in order, and how many there are. */
  shards: counts,
  of: count,
  interrupted: v.boolean(),
  /** Nodes that were to be played, began, have joined with all that they wanted, and gave up. */
  nodes: v.object({ planned: count, started: count, joined: count, failed: count }),
  /** Certificates that were issued and found good. */
  certificates: v.object({ client: count, serving: count, rotation: count }),
  errors: v.array(v.object({ code, attempts: count, failed: count, sample: v.string() })),
  latency: eachOf(KINDS),
  phases: eachOf(PHASES),
  seconds: v.object({
    arrivals: counts,
    started: counts,
    issued: counts,
    failed: counts,
    errors: counts,
    inFlight: counts,
    latency: v.array(v.nullable(encoded)),
  }),
  /** The processes that played the nodes. */
  clients: v.array(
    v.object({
      shard: count,
      cpuMs: measure,
      wallMs: measure,
      /** Share of the time in which its event loop was busy, from 0 to 1. */
      loop: measure,
      residentBytes: count,
      cores: count,
    }),
  ),
  /** Processor time of the lab, where there was one, ms. */
  labCpuMs: v.nullable(measure),
  /** Requests that were made and not deleted, and by what they are found. */
  left: v.object({ requests: count, selectors: v.array(v.string()) }),
})

/** What came of a run, or of several shards of one. */
export type RunRecord = v.InferOutput<typeof schema>
export type Seconds = RunRecord['seconds']
export type FleetError = RunRecord['errors'][number]
export type EncodedLatencies<Name extends string> = Readonly<Record<Name, string>>

export const FORMAT = 'certlet-fleet-run/1'

/**
 * Reads the text of a run's file.
 * @param name - of the file, for messages.
 * @throws CertletError USAGE, naming the field that is not as it should be
 */
export function readRunRecord(text: string, name: string): RunRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CertletError('USAGE', `Cannot use "${name}": it is not JSON`)
  }
  const read = v.safeParse(schema, value)
  if (read.success) return read.output
  const [issue] = read.issues
  const field = v.getDotPath(issue)
  const where = field === null ? '' : `${field}: `
  throw new CertletError('USAGE', `Cannot use "${name}": it is not the result of a fleet (${where}${issue.message})`)
}
