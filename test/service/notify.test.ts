import assert from 'node:assert/strict'
import type { NotifyChannel } from '../../src/service/notify-channel.ts'
import { pingWatchdog, systemdNotifier, watchdogIntervalMs } from '../../src/service/notify.ts'
import { manualClock } from '../support/manual-clock.ts'
import { agentReport, credentialReport, NOON, waitingReport } from '../support/report.ts'

function recorder(): NotifyChannel & { readonly sent: string[] } {
  const sent: string[] = []
  return {
    by: 'descriptor',
    sent,
    send: (message) => {
      sent.push(message)
      return Promise.resolve()
    },
  }
}

describe('what systemd is told', () => {
  const READY = 'READY=1\nSTATUS=client: in place and proven, until 2026-01-02T12:00:00.000Z'

  it('is READY=1 once, and only after proof', () => {
    const channel = recorder()
    const notifier = systemdNotifier(channel, manualClock(NOON), () => 1n)
    notifier.changed(agentReport({ client: waitingReport() }))
    notifier.changed(agentReport({ client: credentialReport({ ready: false }) }))
    notifier.changed(agentReport())
    notifier.changed(agentReport())
    assert.deepEqual(channel.sent, [
      'STATUS=client: not there yet: "csr-1" waits for an approver',
      'STATUS=client: not proven yet',
      READY,
    ])
  })

  it('is each change of the status, once, also after READY=1', () => {
    const channel = recorder()
    const notifier = systemdNotifier(channel, manualClock(NOON), () => 1n)
    const waiting = agentReport({ client: { ...waitingReport(), ...credentialReport() } })
    for (const report of [agentReport(), waiting, waiting, agentReport()]) notifier.changed(report)
    assert.equal(channel.sent.length, 3)
    assert.match(channel.sent[1] ?? '', /^STATUS=client: in place .*; meanwhile: "csr-1" waits/)
    assert.match(channel.sent[2] ?? '', /^STATUS=client: in place/)
  })

  it('does not hold a second assignment that somebody else’s text begins', () => {
    const channel = recorder()
    const since = NOON
    const waiting = { reason: 'denied', sentence: 'no\nREADY=1', since } as const
    systemdNotifier(channel, manualClock(NOON), () => 1n).changed(agentReport({ client: waitingReport({ waiting }) }))
    assert.deepEqual(channel.sent, ['STATUS=client: not there yet: no READY=1'])
  })

  it('is a reload with its time, but none before READY=1', async () => {
    const channel = recorder()
    const notifier = systemdNotifier(channel, manualClock(NOON), () => 42n)
    notifier.reloading()
    notifier.reloaded()
    notifier.changed(agentReport())
    notifier.reloading()
    notifier.reloaded()
    await notifier.stopping()
    assert.deepEqual(channel.sent, [READY, 'RELOADING=1\nMONOTONIC_USEC=42', 'READY=1', 'STOPPING=1'])
  })
})

describe('the watchdog', () => {
  for (const { env, want } of [
    { env: {}, want: undefined },
    { env: { WATCHDOG_USEC: '60000000' }, want: 30_000 },
    { env: { WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, want: 30_000 },
    { env: { WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, want: undefined },
    { env: { WATCHDOG_USEC: 'x' }, want: undefined },
  ]) {
    it(`wants ${want ?? 'nothing'} with ${JSON.stringify(env)}`, () => {
      assert.equal(watchdogIntervalMs(env, 7), want)
    })
  }

  it('is pinged at each interval while the agent’s loop turns, and not when it is stuck', async () => {
    const channel = recorder()
    const stop = new AbortController()
    const manual = manualClock(NOON)
    const clock = {
      ...manual,
      sleep: (ms: number, signal?: AbortSignal) => {
        if (manual.slept.length === 3) stop.abort()
        return manual.sleep(ms, signal)
      },
    }
    const heartbeat = { isAlive: () => manual.slept.length < 2 }
    await pingWatchdog(channel, 30_000, { heartbeat, clock, signal: stop.signal })
    assert.deepEqual(channel.sent, ['WATCHDOG=1', 'WATCHDOG=1'])
    assert.deepEqual(manual.slept, [30_000, 30_000, 30_000])
  })
})
