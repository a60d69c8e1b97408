import assert from 'node:assert/strict'
import { withDeadline, type Wait, type WaitReason } from '../../src/agent/deadline.ts'
import { CertletError } from '../../src/errors.ts'
import { manualClock } from '../support/manual-clock.ts'

const WAITS = { reason: 'approval', sentence: 'it waits' } as const

describe('deadline', () => {
  const options = { timeoutMs: 60_000, what: 'certificate', clock: manualClock() }
  const signal = new AbortController().signal
  const forEver = (wait: Wait, ...notes: WaitReason[]): Promise<never> => {
    notes.forEach(wait.note)
    return new Promise((_resolve, reject) => {
      wait.signal.addEventListener('abort', () => {
        reject(wait.signal.reason as Error)
      })
    })
  }

  it('hands on what comes in time', async () => {
    assert.equal(await withDeadline(() => Promise.resolve(1), { ...options, signal }), 1)
  })

  for (const [title, notes, code, message] of [
    ['nothing noted', [], 'API_TIMEOUT', /has not answered/],
    ['the sentence noted last', [new CertletError('API_BUSY', 'busy'), WAITS], 'CSR_PENDING', /it waits$/],
    ['the failure noted last', [WAITS, new CertletError('API_BUSY', 'busy')], 'API_BUSY', /^busy \(gave up/],
  ] as const) {
    it(`ends with ${title}`, async () => {
      const waiting = withDeadline((wait) => forEver(wait, ...notes), { ...options, signal })
      await assert.rejects(waiting, { name: 'CertletError', code, message })
    })
  }

  it('rejects with the reason of an interruption', async () => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const clock = { ...manualClock(), sleep: () => new Promise<void>(() => undefined) }
    const waiting = withDeadline(forEver, { ...options, clock, signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(waiting, (error) => error === reason)
  })
})
