import assert from 'node:assert/strict'
import { exitCodeOf, type NodeStatus } from '../../src/status/status.ts'
import { agentReport, waitingReport } from '../support/report.ts'

const usable: NodeStatus = {
  nodeName: 'n1',
  kubeconfig: { worth: 'usable', path: '/k' },
  client: { purpose: 'client', worth: 'usable', path: '/c' },
  daemon: { state: 'none' },
}
const serving = { purpose: 'serving', path: '/s' } as const
const refused = waitingReport({ waiting: { reason: 'credential-refused', sentence: '401', since: new Date(0) } })
const silent: NodeStatus['daemon'] = { state: 'silent', why: 'no answer' }

describe('the exit code of certlet status', () => {
  for (const { title, but, want } of [
    { title: 'is 0 when all is usable, whether or not a daemon runs', but: {}, want: 0 },
    {
      title: 'is 0 while the daemon waits for a renewal',
      but: { daemon: { state: 'running', report: agentReport({ client: waitingReport() }) } },
      want: 0,
    },
    { title: 'is 4 without a client credential', but: { client: { ...usable.client, worth: 'absent' } }, want: 4 },
    { title: 'is 4 without a kubeconfig', but: { kubeconfig: { path: '/k', worth: 'absent' } }, want: 4 },
    { title: 'is 4 without a wanted serving credential', but: { serving: { ...serving, worth: 'absent' } }, want: 4 },
    {
      title: 'is 9 when one cannot be used, even if another is absent',
      but: {
        client: { ...usable.client, worth: 'absent' },
        serving: { ...serving, worth: 'unusable', why: 'expired' },
      },
      want: 9,
    },
    {
      title: 'is 9 when the API server refuses what looks sound',
      but: { daemon: { state: 'running', report: agentReport({ client: refused }) } },
      want: 9,
    },
    {
      title: 'is 7 when one cannot be looked at, whatever else there is',
      but: { client: { ...usable.client, worth: 'unknown', why: 'permission denied' }, daemon: silent },
      want: 7,
    },
    { title: 'is 8 when only the daemon is in trouble', but: { daemon: silent }, want: 8 },
  ] satisfies { title: string; but: Partial<NodeStatus>; want: number }[])
    it(title, () => {
      assert.equal(exitCodeOf({ ...usable, ...but }), want)
    })
})
