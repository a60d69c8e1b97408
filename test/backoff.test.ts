import assert from 'node:assert/strict'
import { backoffMs, retrying } from '../src/backoff.ts'
import { CertletError } from '../src/errors.ts'
import { manualClock } from './support/manual-clock.ts'

describe('back-off', () => {
  for (const { failures, draw, after, want } of [
    { failures: 1, draw: 0.5, want: 1_000 },
    { failures: 3, draw: 0.5, want: 4_000 },
    { failures: 99, draw: 0.5, want: 150_000 },
    { failures: 1, draw: 0, after: 7_000, want: 7_000 },
  ]) {
    it(`waits ${want} ms after failure ${failures} with draw ${draw}`, () => {
      assert.equal(backoffMs(failures, draw, after), want)
    })
  }

  it('tries again after what may pass, and not after what cannot', async () => {
    const clock = manualClock()
    const errors = [
      new CertletError('API_ERROR', 'a'),
      new CertletError('API_TIMEOUT', 'b'),
      new CertletError('UNAUTHORIZED', 'c'),
    ]
    const attempt = (): Promise<never> => Promise.reject(errors.shift() ?? new Error('one attempt too many'))
    const policy = { clock, random: () => 0.5, onProblem: () => undefined }
    await assert.rejects(retrying(attempt, policy, new AbortController().signal), { code: 'UNAUTHORIZED' })
    assert.deepEqual(clock.slept, [1_000, 2_000])
  })
})
