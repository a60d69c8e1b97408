/** What a run of the probe found. As JSON it is API: see docs/probe.md. */
import type { VerdictName } from './expectation.ts'

export interface CaseResult {
  readonly suite: string
  readonly name: string
  readonly why: string
  /** Who sent it, in words. */
  readonly as: string
  readonly expected: readonly VerdictName[]
  /** Why that is expected, where a policy says so. */
  readonly because?: string
  /** How many requests were sent; undefined where none was. */
  readonly requests?: number
  /** Of the request that differs most; undefined where none was sent. */
  readonly found?: VerdictName
  readonly reason?: string
  readonly message?: string
  /** From sending to verdict, ms; the longest of several. */
  readonly ms?: number
  /** Why no request was sent. */
  readonly skipped?: string
  /** What is not as expected, a line each. */
  readonly differences: readonly string[]
}

export interface ProbeResult {
  readonly server: string
  readonly policy: string
  /** Marks the requests of this run, as the value of their label. */
  readonly run: string
  readonly startedAt: string
  readonly ms: number
  readonly cases: readonly CaseResult[]
  /** Names of requests that could not be deleted. */
  readonly left: readonly string[]
}

/** How a case came out. */
export type Outcome = 'ok' | 'different' | 'skipped'

export function outcomeOf({ skipped, differences }: CaseResult): Outcome {
  if (skipped !== undefined) return 'skipped'
  return differences.length === 0 ? 'ok' : 'different'
}
