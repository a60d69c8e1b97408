import assert from 'node:assert/strict'
import { createWorkQueue, type WorkQueue } from '../../../src/lab/controllers/work-queue.ts'
import { type SteppedClock, steppedClock } from '../../support/stepped-clock.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the queue of a controller', () => {
  let clock: SteppedClock
  let worked: string[]
  let queue: WorkQueue
  const stop = new AbortController()

  beforeEach(() => {
    clock = steppedClock()
    worked = []
    const work = (name: string): Promise<void> => {
      worked.push(name)
      return turn()
    }
    queue = createWorkQueue(work, { workers: 2, clock, signal: stop.signal })
  })
  after(() => {
    stop.abort()
  })

  /** How long a retry waits, ms, found by moving the clock. */
  const waitOf = async (name: string, steps: readonly number[]): Promise<number> => {
    worked = []
    queue.retry(name)
    let waited = 0
    for (const step of steps) {
      clock.advance(step - waited)
      waited = step
      await turn()
      if (worked.length > 0) return waited
    }
    return assert.fail('it was not tried again')
  }

  it('tries again after 200 ms, doubled each time, and never later than after 1000 s', async () => {
    for (let tries = 0; tries < 15; tries++) {
      const want = Math.min(200 * 2 ** tries, 1_000_000)
      assert.equal(await waitOf('one', [want - 1, want]), want)
    }
  })

  it('begins anew with 200 ms after a success', async () => {
    for (let tries = 0; tries < 4; tries++) await waitOf('one', [200 * 2 ** tries])
    queue.forget('one')
    assert.equal(await waitOf('one', [199, 200]), 200)
  })

  it('lets a hundred retries go at once, and then ten a second', async () => {
    for (let i = 0; i < 120; i++) queue.retry(`name-${i}`)
    clock.advance(200)
    for (let turns = 0; turns < 200; turns++) await turn()
    assert.equal(worked.length, 102, 'a hundred, and two whose turn came within 200 ms')
    clock.advance(1000)
    for (let turns = 0; turns < 50; turns++) await turn()
    assert.equal(worked.length, 112)
  })

  it('works on a name once at a time, and again if it changed meanwhile', async () => {
    queue.add('one')
    queue.add('one')
    queue.add('two')
    assert.deepEqual(worked, ['one', 'two'])
    for (let turns = 0; turns < 5; turns++) await turn()
    assert.deepEqual(worked, ['one', 'two', 'one'])
  })
})
