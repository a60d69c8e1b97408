import { CertletError } from '../errors.ts'
import { latencies, type Latencies } from './latencies.ts'
import type { EncodedLatencies, FleetError, Seconds } from './run-record.ts'

/** What a certificate is for, as far as a fleet tells them apart. */
export const KINDS = ['client', 'serving', 'rotation'] as const
export type Kind = (typeof KINDS)[number]

/**
 * Where the time of a certificate goes: until it is begun after it was meant to, until the API server has the request, until it is
 * approved, until it is signed and delivered, and until it is checked.
 */
export const PHASES = ['start', 'request', 'approval', 'signing', 'check'] as const
export type Phase = (typeof PHASES)[number]

/** Everything that a run counts, as it goes. Its memory does not grow with the nodes. */
export interface Tally {
  readonly counts: { started: number; joined: number; failed: number }
  readonly inFlight: number
  readonly latency: Readonly<Record<Kind, Latencies>>
  readonly phases: Readonly<Record<Phase, Latencies>>
  readonly errors: ReadonlyMap<string, FleetError>
  /** Something is begun. @param dueMs - when it was meant to be */
  begun(dueMs: number): void
  /** A certificate is issued and checked. */
  issued(kind: Kind, ms: number): void
  phase(phase: Phase, ms: number): void
  /** An attempt has failed, and another one will follow. */
  retried(error: CertletError): void
  /** What was begun is over. @param error - why it has failed, if it has */
  over(error?: unknown): void
  /** The course of the run so far, second by second. */
  seconds(): Seconds
}

/** @param now - ms since the start of the run */
export function createTally(now: () => number): Tally {
  const counts = { started: 0, joined: 0, failed: 0 }
  const columns = { arrivals: [], started: [], issued: [], failed: [], errors: [], inFlight: [] } as Record<
    Exclude<keyof Seconds, 'latency'>,
    number[]
  >
  const latency: (string | null)[] = []
  const errors = new Map<string, FleetError>()
  let inFlight = 0
  let open = { second: 0, latencies: latencies(2) }

  const second = (): number => Math.max(0, Math.floor(now() / 1000))
  const add = (column: keyof typeof columns, at: number, count = 1): void => {
    const values = columns[column]
    while (values.length <= at) values.push(0)
    values[at] = (values[at] ?? 0) + count
  }
  const noteInFlight = (): void => {
    const at = second()
    add('inFlight', at, 0)
    columns.inFlight[at] = Math.max(columns.inFlight[at] ?? 0, inFlight)
  }
  /** A second that is over is kept in its short form. */
  const close = (): void => {
    if (open.latencies.count > 0) {
      while (latency.length < open.second) latency.push(null)
      latency[open.second] = open.latencies.encoded()
    }
  }
  const record = (ms: number): void => {
    const at = second()
    if (at !== open.second) {
      close()
      open = { second: at, latencies: latencies(2) }
    }
    open.latencies.record(ms)
  }
  const noteError = (error: CertletError, what: 'attempts' | 'failed'): void => {
    const known = errors.get(error.code) ?? { code: error.code, attempts: 0, failed: 0, sample: error.message }
    errors.set(error.code, { ...known, [what]: known[what] + 1 })
    add('errors', second())
  }

  const tally: Tally = {
    counts,
    get inFlight() {
      return inFlight
    },
    latency: { client: latencies(), serving: latencies(), rotation: latencies() },
    phases: {
      start: latencies(),
      request: latencies(),
      approval: latencies(),
      signing: latencies(),
      check: latencies(),
    },
    errors,
    begun: (dueMs) => {
      add('arrivals', Math.floor(dueMs / 1000))
      inFlight++
      add('started', second())
      noteInFlight()
    },
    issued: (kind, ms) => {
      tally.latency[kind].record(ms)
      add('issued', second())
      record(ms)
    },
    phase: (phase, ms) => {
      tally.phases[phase].record(ms)
    },
    retried: (error) => {
      noteError(error, 'attempts')
    },
    over: (error) => {
      noteInFlight()
      inFlight--
      if (error === undefined) return
      noteError(
        error instanceof CertletError
          ? error
          : new CertletError('INTERNAL', `Unexpected ${error instanceof Error ? error.name : 'value'}`),
        'failed',
      )
      add('failed', second())
    },
    seconds: () => {
      close()
      const length = Math.max(latency.length, ...Object.values(columns).map((values) => values.length))
      const filled = (values: readonly number[]): number[] => Array.from({ length }, (_, at) => values[at] ?? 0)
      return {
        arrivals: filled(columns.arrivals),
        started: filled(columns.started),
        issued: filled(columns.issued),
        failed: filled(columns.failed),
        errors: filled(columns.errors),
        inFlight: filled(columns.inFlight),
        latency: Array.from({ length }, (_, at) => latency[at] ?? null),
      }
    },
  }
  return tally
}

/** Latencies by name, in their encoded form. */
export function encodedLatencies<Name extends string>(of: Readonly<Record<Name, Latencies>>): EncodedLatencies<Name> {
  const entries = Object.entries<Latencies>(of).map(([name, values]) => [name, values.encoded()])
  return Object.fromEntries(entries) as EncodedLatencies<Name>
}
