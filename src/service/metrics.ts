import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import {
  type AgentEvent,
  type AgentObserver,
  type AgentReport,
  type CredentialReport,
  WAITING_REASONS,
} from '../agent/report.ts'
import type { Clock } from '../clock.ts'
import type { Purpose } from '../csr/constants.ts'
import { unreachable } from '../errors.ts'
import { defineMetrics } from './metric-definitions.ts'
import { isReady } from './readiness.ts'

/** The agent's metrics: it observes the agent, and is asked for a page at each scrape. */
export interface AgentMetrics extends Required<Pick<AgentObserver, 'changed' | 'happened'>> {
  /** Of the page: Prometheus' text format. */
  readonly contentType: string
  /** The page, with the values that depend on the time as they are now. */
  page(): Promise<string>
  /** Names of all metrics, whether or not they have a value yet. */
  readonly names: readonly string[]
}

/** Everything that has a value of its own, by the part of the report or the event that gives it. */
export interface Metrics {
  readonly registry: Registry
  /** The kubelet's own, which have no labels. */
  readonly kubelet: Record<
    Purpose,
    { readonly ttl: Gauge; readonly renewErrors: Counter; readonly rotation?: Histogram }
  >
  readonly ready: Gauge
  readonly notBefore: Gauge
  readonly notAfter: Gauge
  readonly rotateAt: Gauge
  readonly waiting: Gauge
  readonly waitingSeconds: Gauge
  readonly pendingSeconds: Gauge
  readonly clockSkew: Gauge
  readonly attempts: Counter
  readonly attemptFailures: Counter
  readonly rotations: Counter
  readonly phases: Histogram
  readonly rotationAge: Histogram
}

/** Metrics in a registry of their own. The library is loaded here, so that who does not ask for metrics does not pay for them. */
export async function agentMetrics({ clock, version }: { clock: Clock; version: string }): Promise<AgentMetrics> {
  const { default: promClient } = await import('prom-client') // CommonJS: a bundler gives it no other export than this
  const metrics = defineMetrics(promClient, version)
  let report: AgentReport | undefined
  return {
    contentType: metrics.registry.contentType,
    names: metrics.registry.getMetricsAsArray().map(({ name }) => name),
    changed: (latest) => {
      report = latest
      begin(metrics, latest)
    },
    happened: (event) => {
      count(metrics, event)
    },
    page: () => {
      show(metrics, report, clock.now())
      return metrics.registry.metrics()
    },
  }
}

/** A counter that starts to exist with its first failure cannot be alerted on by `increase()`: those that may rise start at 0. */
function begin({ attempts, rotations }: Metrics, { client, serving }: AgentReport): void {
  for (const { purpose } of serving ? [client, serving] : [client]) {
    attempts.inc({ purpose }, 0)
    rotations.inc({ purpose }, 0)
  }
}

function count(
  { kubelet, attempts, attemptFailures, rotations, phases, rotationAge }: Metrics,
  event: AgentEvent,
): void {
  const { purpose } = event
  switch (event.kind) {
    case 'attempt':
      attempts.inc({ purpose })
      return
    case 'attempt-failed':
      attemptFailures.inc({ purpose, code: event.code })
      kubelet[purpose].renewErrors.inc()
      return
    case 'phase':
      phases.observe({ purpose, phase: event.phase }, event.seconds)
      return
    case 'rotated':
      rotations.inc({ purpose })
      if (event.replacedAgeSeconds === undefined) return
      rotationAge.observe({ purpose }, event.replacedAgeSeconds)
      kubelet[purpose].rotation?.observe(event.replacedAgeSeconds)
      return
    default:
      unreachable(event)
  }
}

/** Sets every gauge from the report as it stands at `now`. */
function show(metrics: Metrics, report: AgentReport | undefined, now: Date): void {
  for (const purpose of ['client', 'serving'] as const) {
    metrics.kubelet[purpose].ttl.set(ttlSeconds(report?.[purpose], now))
    const credential = report?.[purpose]
    if (credential) showCredential(metrics, credential, now)
  }
  if (report?.clockSkewMs !== undefined) metrics.clockSkew.set(report.clockSkewMs / 1000)
}

/**
 * Whole seconds until the certificate's expiry: negative afterwards, +Inf while there is none. The kubelet's goes back to +Inf at
 * expiry, since it hides an expired certificate from itself, and so an alert on it ends when it is most needed.
 * Source: pkg/kubelet/certificate/kubelet.go.
 */
export function ttlSeconds(credential: CredentialReport | undefined, now: Date): number {
  const notAfter = credential?.certificate?.notAfter
  return notAfter === undefined ? Infinity : Math.floor((notAfter.getTime() - now.getTime()) / 1000)
}

function showCredential(metrics: Metrics, credential: CredentialReport, now: Date): void {
  const { purpose, certificate, waiting, request } = credential
  metrics.ready.set({ purpose }, isReady(credential, now) ? 1 : 0)
  for (const [gauge, time] of [
    [metrics.notBefore, certificate?.notBefore],
    [metrics.notAfter, certificate?.notAfter],
    [metrics.rotateAt, certificate?.rotateAt],
  ] as const) {
    if (time) gauge.set({ purpose }, time.getTime() / 1000)
    else gauge.remove({ purpose })
  }
  for (const reason of WAITING_REASONS) metrics.waiting.set({ purpose, reason }, waiting?.reason === reason ? 1 : 0)
  metrics.waitingSeconds.set({ purpose }, secondsSince(waiting?.since, now))
  metrics.pendingSeconds.set({ purpose }, secondsSince(request?.since, now))
}

function secondsSince(since: Date | undefined, now: Date): number {
  return since === undefined ? 0 : Math.max(0, (now.getTime() - since.getTime()) / 1000)
}
