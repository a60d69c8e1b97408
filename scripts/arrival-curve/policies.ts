// When a node calls again: certlet's real back-off and budget, and the kubelet's schedule.
import { backoffMs } from '../../src/backoff.ts'
import { requestBudget } from '../../src/budget.ts'

/** How a call ended. `busy` is 429 with Retry-After; the others are no answer, or 503. */
export type CallEnd =
  { readonly kind: 'served' } | { readonly kind: 'busy'; readonly retryAfterMs: number } | { readonly kind: 'failed' }

/** What a node does next. */
export interface Next {
  /** Index of the call that is made, from 0. */
  readonly call: number
  readonly delayMs: number
}

/** One node's rules. @param call - the call that has ended. */
export type Policy = (call: number, end: CallEnd, nowMs: number) => Next

export type PolicyOf = (random: () => number) => Policy

/** certlet: goes on with the call that failed, with full jitter and within its budget. */
export const certletPolicy: PolicyOf = (random) => {
  let failures = 0
  let nowMs = 0
  let waitedMs = 0
  // `take` says at once how long it waits: simulated time does the rest.
  const clock = {
    now: () => new Date(nowMs),
    sleep: (ms: number) => {
      waitedMs = ms
      return Promise.resolve()
    },
  }
  const budget = requestBudget(clock)
  return (call, end, atMs) => {
    const served = end.kind === 'served'
    failures = served ? 0 : failures + 1
    const delayMs = served ? 0 : backoffMs(failures, random(), end.kind === 'busy' ? end.retryAfterMs : 0)
    nowMs = atMs + delayMs
    waitedMs = 0
    void budget.take()
    return { call: served ? call + 1 : call, delayMs: delayMs + waitedMs }
  }
}

/** How often client-go itself repeats a call that was answered with Retry-After. Source: client-go rest/request.go, maxRetries. */
const RETRIES = 10

/** Pauses between the tries of a kubelet, s; after the last one for ever. Source: client-go util/certificate/certificate_manager.go. */
const PAUSES = [2, 4, 8, 16, 32]

/** The kubelet: a call that fails ends the try, and the next one begins with a new key and a new request. */
export const kubeletPolicy: PolicyOf = (random) => {
  let tries = 0
  let retries = 0
  return (call, end) => {
    if (end.kind === 'served') {
      retries = 0
      return { call: call + 1, delayMs: 0 }
    }
    if (end.kind === 'busy' && retries < RETRIES) {
      retries++
      return { call, delayMs: end.retryAfterMs }
    }
    retries = 0
    const seconds = PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 32
    const jitter = tries < PAUSES.length - 1 ? 1 + 0.1 * random() : 1 // the pauses of 32 s have none
    tries++
    return { call: 0, delayMs: seconds * 1000 * jitter }
  }
}
