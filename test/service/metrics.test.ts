import assert from 'node:assert/strict'
import { WAITING_REASONS } from '../../src/agent/report.ts'
import { type AgentMetrics, agentMetrics, ttlSeconds } from '../../src/service/metrics.ts'
import { manualClock } from '../support/manual-clock.ts'
import { agentReport, credentialReport, NOON, waitingReport } from '../support/report.ts'

describe('metrics', () => {
  /** Value of the sample that is written exactly so on the page; undefined if there is none. */
  async function value(metrics: AgentMetrics, sample: string): Promise<string | undefined> {
    const line = (await metrics.page()).split('\n').find((text) => text.startsWith(`${sample} `))
    return line?.slice(sample.length + 1)
  }
  const make = (now = NOON): Promise<AgentMetrics> => agentMetrics({ clock: manualClock(now), version: '1.2.3' })
  const CLIENT_TTL = 'kubelet_certificate_manager_client_ttl_seconds'
  const SERVING_TTL = 'kubelet_certificate_manager_server_ttl_seconds'

  for (const { title, seconds, now } of [
    { title: 'counts down', seconds: 86_400, now: NOON },
    { title: 'is whole seconds, rounded down', seconds: 86_399, now: new Date(NOON.getTime() + 1) },
    { title: 'is negative after expiry (row 28: not +Inf)', seconds: -60, now: new Date('2026-01-02T12:01:00Z') },
  ]) {
    it(`time to live ${title}`, () => {
      assert.equal(ttlSeconds(credentialReport(), now), seconds)
    })
  }

  it('have a time to live of +Inf while there is no certificate, and of the serving one when none is wanted', async () => {
    const metrics = await make()
    assert.equal(await value(metrics, CLIENT_TTL), '+Inf', 'before the first report')
    metrics.changed(agentReport({ client: waitingReport() }))
    assert.equal(await value(metrics, CLIENT_TTL), '+Inf')
    assert.equal(await value(metrics, SERVING_TTL), '+Inf')
    assert.equal(await value(metrics, 'certlet_credential_ready{purpose="serving"}'), undefined)
  })

  it('are computed at the scrape, not at the report', async () => {
    const clock = manualClock(NOON)
    const metrics = await agentMetrics({ clock, version: '1.2.3' })
    metrics.changed(agentReport())
    assert.equal(await value(metrics, CLIENT_TTL), '86400')
    assert.equal(await value(metrics, 'certlet_credential_ready{purpose="client"}'), '1')
    await clock.sleep(90_000_000)
    assert.equal(await value(metrics, CLIENT_TTL), '-3600')
    assert.equal(await value(metrics, 'certlet_credential_ready{purpose="client"}'), '0', 'expired is not ready')
  })

  it('show every waiting reason, all but one with 0', async () => {
    const metrics = await make()
    metrics.changed(agentReport({ client: waitingReport() }))
    for (const reason of WAITING_REASONS) {
      const sample = `certlet_waiting{purpose="client",reason="${reason}"}`
      assert.equal(await value(metrics, sample), reason === 'approval' ? '1' : '0')
    }
    assert.equal(await value(metrics, 'certlet_waiting_seconds{purpose="client"}'), '60')
    assert.equal(await value(metrics, 'certlet_request_pending_seconds{purpose="client"}'), '60')
    metrics.changed(agentReport())
    assert.equal(await value(metrics, 'certlet_waiting{purpose="client",reason="approval"}'), '0')
    assert.equal(await value(metrics, 'certlet_waiting_seconds{purpose="client"}'), '0')
  })

  it('show the dates of the certificate in use, and none once it is gone', async () => {
    const metrics = await make()
    const sample = 'certlet_certificate_not_after_timestamp_seconds{purpose="client"}'
    metrics.changed(agentReport())
    assert.equal(await value(metrics, sample), String(Date.parse('2026-01-02T12:00:00Z') / 1000))
    metrics.changed(agentReport({ client: waitingReport() }))
    assert.equal(await value(metrics, sample), undefined)
  })

  it('count failures under the kubelet’s names as well', async () => {
    const metrics = await make()
    for (const [purpose, name] of [
      ['client', 'kubelet_certificate_manager_client_expiration_renew_errors'],
      ['serving', 'kubelet_server_expiration_renew_errors'],
    ] as const) {
      assert.equal(await value(metrics, name), '0')
      metrics.happened({ kind: 'attempt-failed', purpose, code: 'API_BUSY' })
      assert.equal(await value(metrics, name), '1')
      const own = `certlet_attempt_failures_total{purpose="${purpose}",code="API_BUSY"}`
      assert.equal(await value(metrics, own), '1')
    }
  })

  it('count attempts and rotations from 0, and observe the age of what was replaced', async () => {
    const metrics = await make()
    const serving = credentialReport({ purpose: 'serving' })
    metrics.changed(agentReport({ serving }))
    assert.equal(await value(metrics, 'certlet_rotations_total{purpose="serving"}'), '0')
    const { certificate } = serving
    assert.ok(certificate)
    const rotated = { kind: 'rotated', purpose: 'serving', currentPath: '/c', pairPath: '/p', certificate } as const
    metrics.happened({ kind: 'attempt', purpose: 'serving', because: 'first' })
    metrics.happened(rotated)
    metrics.happened({ ...rotated, replacedAgeSeconds: 3600 })
    assert.equal(await value(metrics, 'certlet_attempts_total{purpose="serving"}'), '1')
    assert.equal(await value(metrics, 'certlet_rotations_total{purpose="serving"}'), '2')
    assert.equal(await value(metrics, 'certlet_rotation_age_seconds_count{purpose="serving"}'), '1')
    assert.equal(await value(metrics, 'kubelet_certificate_manager_server_rotation_seconds_bucket{le="60"}'), '0')
    assert.equal(await value(metrics, 'kubelet_certificate_manager_server_rotation_seconds_bucket{le="3600"}'), '1')
  })

  it('observe the duration of each phase, the clock’s skew and the build', async () => {
    const metrics = await make()
    metrics.changed(agentReport({ clockSkewMs: -2_500 }))
    metrics.happened({ kind: 'phase', purpose: 'client', phase: 'approval', seconds: 2 })
    assert.equal(await value(metrics, 'certlet_phase_duration_seconds_sum{purpose="client",phase="approval"}'), '2')
    assert.equal(await value(metrics, 'certlet_clock_skew_seconds'), '-2.5')
    assert.equal(await value(metrics, 'certlet_build_info{version="1.2.3"}'), '1')
  })

  it('of two agents in one process do not mix', async () => {
    const [one, other] = [await make(), await make()]
    one.happened({ kind: 'attempt', purpose: 'client', because: 'first' })
    assert.equal(await value(one, 'certlet_attempts_total{purpose="client"}'), '1')
    assert.equal(await value(other, 'certlet_attempts_total{purpose="client"}'), undefined)
  })
})
