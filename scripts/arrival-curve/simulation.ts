// Many nodes, one API server, simulated in ticks: what arrives when, once the power is back.
import type { CallEnd, Policy, PolicyOf } from './policies.ts'
import { seededRandom } from '../../src/seeded-random.ts'

export interface Scenario {
  readonly nodes: number
  /** The agents start evenly within this time, s. */
  readonly bootSeconds: number
  /** The API server takes connections from then on, s. */
  readonly serverBackSeconds: number
  /** Calls that it serves a second. */
  readonly perSecond: number
  readonly seed: number
}

export interface Outcome {
  /** Calls that arrived in each second, served or not, from the start of the first agent. */
  readonly arrivals: readonly number[]
  /** The most of them in one second since the server was back. */
  readonly peak: number
  readonly calls: number
  /** Calls that were refused with 429, or timed out. */
  readonly refused: number
  readonly timedOut: number
  /** Certificate signing requests that were made. */
  readonly requests: number
  /** Time from the server's return until so many of the nodes were done, s; Infinity if they never were. */
  readonly halfSeconds: number
  readonly allSeconds: number
}

/** Calls that a node makes: create the request, list it, watch it, prove the certificate. */
const CALLS = 4
const TICK_MS = 10
const LONGEST_MS = 3_600_000

/** An API server queues as many calls as it serves in two seconds, refuses more with Retry-After: 1 (as kube-apiserver), and that costs it a tenth of a call. */
const QUEUE_SECONDS = 2
const REFUSAL_COST = 0.1
const RETRY_AFTER_MS = 1_000
/** It answers 503 while its caches fill, ms. */
const WARM_UP_MS = 5_000
/** A client waits so long for an answer, ms; a call that it has given up is served all the same. */
const PATIENCE_MS = 10_000

interface Node {
  readonly policy: Policy
  call: number
}

/** Runs until every node is done, an hour at most. The same scenario gives the same outcome. */
export function simulate(scenario: Scenario, policyOf: PolicyOf): Outcome {
  const { nodes, bootSeconds, serverBackSeconds, perSecond, seed } = scenario
  const random = seededRandom(seed)
  const due: Node[][] = []
  const queue: { node: Node; since: number }[] = []
  const backMs = serverBackSeconds * 1000
  const counts = { calls: 0, refused: 0, timedOut: 0, requests: 0 }
  const arrivals: number[] = []
  const doneAt: number[] = []
  let head = 0
  let credit = 0

  const schedule = (node: Node, atMs: number): void => {
    const tick = Math.ceil(atMs / TICK_MS)
    ;(due[tick] ??= []).push(node)
  }
  const end = (node: Node, how: CallEnd, nowMs: number): void => {
    if (how.kind === 'served' && node.call === 0) counts.requests++
    if (how.kind === 'served' && node.call === CALLS - 1) {
      doneAt.push((nowMs - backMs) / 1000)
      return
    }
    const { call, delayMs } = node.policy(node.call, how, nowMs)
    node.call = call
    schedule(node, nowMs + Math.max(delayMs, TICK_MS))
  }
  const arrive = (node: Node, nowMs: number): void => {
    counts.calls++
    const second = Math.floor(nowMs / 1000)
    arrivals[second] = (arrivals[second] ?? 0) + 1
    if (nowMs < backMs + WARM_UP_MS) {
      end(node, { kind: 'failed' }, nowMs)
    } else if (queue.length - head >= QUEUE_SECONDS * perSecond) {
      counts.refused++
      credit -= REFUSAL_COST
      end(node, { kind: 'busy', retryAfterMs: RETRY_AFTER_MS }, nowMs)
    } else {
      queue.push({ node, since: nowMs })
    }
  }
  const serve = (nowMs: number): void => {
    // Refusing is work, too: it may take all that there is, but not more than a second's worth in advance.
    credit = Math.max(Math.min(credit + (perSecond * TICK_MS) / 1000, perSecond), -perSecond)
    for (; credit >= 1 && head < queue.length; head++, credit--) {
      const waiting = queue[head]
      if (!waiting) break
      const late = nowMs - waiting.since > PATIENCE_MS
      if (late) counts.timedOut++
      end(waiting.node, { kind: late ? 'failed' : 'served' }, nowMs)
    }
    credit = Math.min(credit, 1) // an idle server saves nothing up
  }

  for (let index = 0; index < nodes; index++)
    schedule({ policy: policyOf(random), call: 0 }, random() * bootSeconds * 1000)
  for (let tick = 0; doneAt.length < nodes && tick * TICK_MS < LONGEST_MS; tick++) {
    for (const node of due[tick] ?? []) arrive(node, tick * TICK_MS)
    due[tick] = []
    serve(tick * TICK_MS)
  }
  const all = Array.from(arrivals, (count: number | undefined) => count ?? 0)
  return {
    ...counts,
    arrivals: all,
    peak: Math.max(...all.slice(serverBackSeconds)),
    halfSeconds: doneAt[Math.ceil(nodes / 2) - 1] ?? Infinity,
    allSeconds: doneAt[nodes - 1] ?? Infinity,
  }
}
