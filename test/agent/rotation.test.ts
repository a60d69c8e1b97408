import assert from 'node:assert/strict'
import type { CertificateReport } from '../../src/agent/report.ts'
import { rotationDue } from '../../src/agent/rotation-due.ts'
import { drawOf, rotationTime } from '../../src/agent/rotation.ts'
import { startLab } from '../../src/lab/index.ts'
import { createLog } from '../../src/log.ts'
import { simulatedNode } from '../support/node.ts'
import { simulatedClock } from '../support/simulated-clock.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('moment of rotation', () => {
  const validity = { notBefore: new Date(0), notAfter: new Date(1_000_000) }
  for (const [draw, want] of [
    [0, 700_000],
    [0.5, 800_000],
  ] as const) {
    it(`with a draw of ${draw} lies after ${want / 10_000} % of the lifetime`, () => {
      assert.ok(Math.abs(rotationTime(validity, draw).getTime() - want) <= 1)
    })
  }

  it('is drawn by the certificate itself: always the same one, and not the same for all', () => {
    assert.equal(drawOf('one'), drawOf('one'))
    assert.notEqual(drawOf('one'), drawOf('other'))
    for (let i = 0; i < 100; i++) assert.ok(drawOf(String(i)) >= 0 && drawOf(String(i)) < 1)
  })
})

describe('a certificate that is due when it comes', () => {
  const begin = Date.UTC(2026, 0, 1)
  const at = (ms: number): Date => new Date(begin + ms)
  const setUp = (): {
    due: ReturnType<typeof rotationDue>
    clock: ReturnType<typeof simulatedClock>
    lines: string[]
  } => {
    const lines: string[] = []
    const clock = simulatedClock(at(0))
    const log = createLog((line) => lines.push(line), { format: 'text', least: 'info', now: () => clock.now() })
    return { due: rotationDue({ clock, log }), clock, lines }
  }
  const certificate = (rotateAt: Date, notAfter: Date, serial = '01'): CertificateReport => ({
    ...{ subject: 'CN=n', issuer: 'CN=ca', serial, names: [], notBefore: at(-100 * HOUR_MS), notAfter, rotateAt },
  })

  it('is kept for half of what is left of it, which is said', () => {
    const { due, lines } = setUp()
    const one = certificate(at(-HOUR_MS), at(2 * HOUR_MS))
    due.renewed(one)
    assert.deepEqual(due.of(one), at(HOUR_MS))
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /due already/)
  })

  it('is kept for a minute at least', () => {
    const { due } = setUp()
    const one = certificate(at(-HOUR_MS), at(3_000))
    due.renewed(one)
    assert.deepEqual(due.of(one), at(MINUTE_MS))
  })

  it('is replaced at its own moment once the clock is set right', () => {
    const { due, clock } = setUp()
    const one = certificate(at(-HOUR_MS), at(2 * HOUR_MS))
    due.renewed(one)
    clock.jump(-3 * HOUR_MS)
    assert.deepEqual(due.of(one), one.rotateAt)
    clock.jump(2.5 * HOUR_MS)
    assert.deepEqual(due.of(one), one.rotateAt, 'the pause is forgotten')
  })

  it('that was there before, or came before its moment, is replaced at its moment', () => {
    const { due, lines } = setUp()
    const old = certificate(at(-HOUR_MS), at(2 * HOUR_MS))
    assert.deepEqual(due.of(old), old.rotateAt)
    const good = certificate(at(HOUR_MS), at(2 * HOUR_MS), '02')
    due.renewed(good)
    assert.deepEqual(due.of(good), good.rotateAt)
    due.renewed(certificate(at(-HOUR_MS), at(2 * HOUR_MS), '03'))
    assert.deepEqual(due.of(good), good.rotateAt)
    assert.equal(lines.length, 1)
  })

  it('is not followed by request upon request: a node whose clock is 22 of 24 hours ahead renews each hour', async () => {
    const serving = { nodeIps: ['192.0.2.7'], sans: [], machineNetwork: () => ({ interfaces: {} }) }
    await using node = await simulatedNode({}, { serving })
    const behind = {
      now: () => new Date(node.clock.now().getTime() - 22 * HOUR_MS),
      sleep: (ms: number, signal?: AbortSignal) => node.clock.sleep(ms, signal),
    }
    await using lab = await startLab({ clock: behind, approveServing: true, signing: { duration: '24h' } })
    node.lab = lab
    node.giveToken()
    await node.start()
    await node.ready()
    const rotations = (): string[] =>
      node.events.flatMap((event) => (event.kind === 'rotated' ? [event.purpose] : [])).toSorted()
    await node.clock.pass(10 * MINUTE_MS)
    assert.deepEqual(rotations(), ['client', 'serving'])
    await node.clock.pass(2 * HOUR_MS)
    assert.deepEqual(rotations(), ['client', 'client', 'client', 'serving', 'serving', 'serving'])
    assert.ok(node.report().client.ready)
    await node.stop()
  })
})
