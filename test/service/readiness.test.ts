import assert from 'node:assert/strict'
import { readiness } from '../../src/service/readiness.ts'
import { agentReport, credentialReport, NOON, waitingReport } from '../support/report.ts'

describe('readiness', () => {
  const later = new Date('2026-01-03T00:00:00Z')
  const serving = credentialReport({ purpose: 'serving' })
  const { certificate: _certificate, ...none } = credentialReport({ ready: false })
  for (const { title, report, now = NOON, ready, lines } of [
    { title: 'is not there before the first report', report: undefined, ready: false, lines: [/^starting: /] },
    {
      title: 'is there with the one credential that is wanted',
      report: agentReport(),
      ready: true,
      lines: [/^client: in place and proven, until 2026-01-02T12:00:00.000Z$/],
    },
    {
      title: 'needs the serving credential too when one is wanted, and says why it is missing',
      report: agentReport({ serving: waitingReport({ purpose: 'serving' }) }),
      ready: false,
      lines: [/^client: in place/, /^serving: not there yet: "csr-1" waits for an approver$/],
    },
    {
      title: 'is there when both are',
      report: agentReport({ serving }),
      ready: true,
      lines: [/^client: in place/, /^serving: in place/],
    },
    {
      title: 'ends at expiry, although the report is older',
      report: agentReport(),
      now: later,
      ready: false,
      lines: [/^client: expired at 2026-01-02T12:00:00.000Z$/],
    },
    {
      title: 'stays while a renewal waits, and says so',
      report: agentReport({ client: { ...waitingReport(), ...credentialReport() } }),
      now: new Date('2026-01-02T08:00:00Z'),
      ready: true,
      lines: [/in place .*; not renewed yet: "csr-1" waits for an approver$/],
    },
    {
      title: 'stays while the API server cannot be asked, and does not call that a renewal',
      report: agentReport({ client: { ...waitingReport(), ...credentialReport() } }),
      ready: true,
      lines: [/in place .*; meanwhile: "csr-1" waits for an approver$/],
    },
    {
      title: 'is not there for a pair that is not proven',
      report: agentReport({ client: credentialReport({ ready: false }) }),
      ready: false,
      lines: [/^client: not proven yet$/],
    },
    {
      title: 'is not there without a pair',
      report: agentReport({ client: none }),
      ready: false,
      lines: [/not there yet$/],
    },
  ]) {
    it(title, () => {
      const found = readiness(report, now)
      assert.equal(found.ready, ready)
      assert.equal(found.lines.length, lines.length)
      lines.forEach((line, index) => {
        assert.match(found.lines[index] ?? '', line)
      })
    })
  }
})
