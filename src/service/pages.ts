import type { AgentReport } from '../agent/report.ts'
import type { Clock } from '../clock.ts'
import type { Pages } from './health-server.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { AgentMetrics } from './metrics.ts'
import { readiness } from './readiness.ts'

/** The three pages of `--metrics-address`. @param report - the latest one, undefined before the first. */
export function agentPages({
  metrics,
  heartbeat,
  report,
  clock,
}: {
  metrics: AgentMetrics
  heartbeat: Heartbeat
  report: () => AgentReport | undefined
  clock: Clock
}): Pages {
  return {
    '/metrics': async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.page() }),
    '/healthz': () =>
      heartbeat.isAlive()
        ? { status: 200, body: 'ok\n' }
        : { status: 503, body: `the agent’s loop has been silent for ${Math.round(heartbeat.silentMs() / 1000)} s\n` },
    '/readyz': () => {
      const { ready, lines } = readiness(report(), clock.now())
      return { status: ready ? 200 : 503, body: `${ready ? 'ready' : 'not ready'}\n${lines.join('\n')}\n` }
    },
  }
}
