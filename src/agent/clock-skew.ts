import type { Connection } from '../kube/connection.ts'
import type { Log } from '../log.ts'
import type { Task } from './task.ts'

/**
 * A difference of clocks that is worth a word, ms: a fifth of the five minutes by which the signer dates certificates back. Source:
 * pkg/controller/certificates/authority/policies.go.
 */
const NOTABLE_MS = 60_000

/** Hands on the difference of the clocks as the last answer showed it: a daemon reports it, anything else says it at once. */
export function noteClock({ progress, context: { log } }: Task, { wire: { clockSkewMs } }: Connection): void {
  if (clockSkewMs === undefined) return
  if (progress) progress.clock(clockSkewMs)
  else if (notable(clockSkewMs)) sayClockSkew(log, clockSkewMs)
}

/** Whether clocks that differ so much can be the reason for trouble with certificates. */
export function notable(skewMs: number): boolean {
  return Math.abs(skewMs) > NOTABLE_MS
}

/** @param skewMs - the server's clock minus ours. */
export function sayClockSkew(log: Log, skewMs: number): void {
  log.warn('this machine’s clock and the API server’s differ; certificates may seem expired or not yet valid', {
    seconds: Math.round(skewMs / 1000),
  })
}
