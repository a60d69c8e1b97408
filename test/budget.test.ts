import assert from 'node:assert/strict'
import { requestBudget } from '../src/budget.ts'
import { manualClock } from './support/manual-clock.ts'

describe('budget of calls', () => {
  it('lets a burst through, then one call in its share of a second', async () => {
    const clock = manualClock()
    const budget = requestBudget(clock, { perSecond: 5, burst: 10 })
    for (let call = 0; call < 10; call++) await budget.take()
    assert.deepEqual(clock.slept, [])
    for (let call = 0; call < 3; call++) await budget.take()
    assert.deepEqual(clock.slept, [200, 200, 200])
  })

  it('makes nobody wait for an old time when the clock is set back', async () => {
    let now = 1_000_000
    const slept: number[] = []
    const clock = {
      now: () => new Date(now),
      sleep: (ms: number) => {
        slept.push(ms)
        return Promise.resolve()
      },
    }
    const budget = requestBudget(clock, { perSecond: 1, burst: 1 })
    await budget.take()
    now = 0
    await budget.take()
    assert.deepEqual(slept, [])
  })
})
