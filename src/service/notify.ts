import type { AgentObserver } from '../agent/report.ts'
import type { Clock } from '../clock.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { NotifyChannel } from './notify-channel.ts'
import { readiness } from './readiness.ts'

/** What systemd is told of the agent. Source: sd_notify(3). */
export interface SystemdNotifier extends Required<Pick<AgentObserver, 'changed'>> {
  /** A reload begins; only said after READY=1, before which systemd knows no reload. */
  reloading(): void
  reloaded(): void
  /** The process ends; resolves when that is said. */
  stopping(): Promise<void>
}

/**
 * Tells systemd READY=1 once all wanted credentials are in place and proven, and what `/readyz` says as STATUS=, once per change.
 * @param monotonicUs - CLOCK_MONOTONIC in µs, by which systemd orders reloads.
 */
export function systemdNotifier(channel: NotifyChannel, clock: Clock, monotonicUs: () => bigint): SystemdNotifier {
  let status = ''
  let saidReady = false
  const send = (...assignments: string[]): Promise<void> => channel.send(assignments.join('\n'), true)
  return {
    changed: (report) => {
      const { ready, lines } = readiness(report, clock.now())
      const latest = `STATUS=${oneLine(lines.join('; '))}`
      const becomesReady = ready && !saidReady
      if (latest === status && !becomesReady) return
      status = latest
      saidReady ||= ready
      void send(...(becomesReady ? ['READY=1', status] : [status]))
    },
    reloading: () => {
      if (saidReady) void send('RELOADING=1', `MONOTONIC_USEC=${monotonicUs()}`)
    },
    reloaded: () => {
      if (saidReady) void send('READY=1')
    },
    stopping: () => send('STOPPING=1'),
  }
}

/** A line break would start another assignment. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

/**
 * How often the watchdog wants to hear of this process, ms: half of its limit; undefined when none watches.
 * Source: sd_watchdog_enabled(3).
 */
export function watchdogIntervalMs(env: Readonly<Record<string, string | undefined>>, pid: number): number | undefined {
  const limitUs = Number(env['WATCHDOG_USEC'])
  if (!Number.isFinite(limitUs) || limitUs <= 0) return undefined
  if (env['WATCHDOG_PID'] !== undefined && Number(env['WATCHDOG_PID']) !== pid) return undefined
  return limitUs / 2_000
}

/**
 * Pings the watchdog until the signal aborts. A blocked event loop sends nothing, and neither does a sound one whose agent is stuck:
 * both end in a restart. Resolves at the abort.
 */
export async function pingWatchdog(
  channel: NotifyChannel,
  intervalMs: number,
  { heartbeat, clock, signal }: { heartbeat: Pick<Heartbeat, 'isAlive'>; clock: Clock; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    if (heartbeat.isAlive()) await channel.send('WATCHDOG=1', false)
    await clock.sleep(intervalMs, signal).catch(() => undefined) // it rejects by the abort alone
  }
}
