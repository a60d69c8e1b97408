import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { cachedDataVersionTag, getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import type { AgentEvent } from '../../src/agent/report.ts'
import { collectGarbage } from '../../src/service/collect-garbage.ts'
import { giveMemoryBack } from '../../src/service/give-memory-back.ts'
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts'

const rotated = { kind: 'rotated', purpose: 'client' } as AgentEvent

describe('memory of a daemon', () => {
  let clock: SteppedClock
  let stop: AbortController
  let collections: number
  let happened: (event: AgentEvent) => void

  beforeEach(() => {
    clock = steppedClock()
    stop = new AbortController()
    collections = 0
    const count = (): Promise<void> => {
      collections += 1
      return Promise.resolve()
    }
    const observer = giveMemoryBack(count, clock, stop.signal)
    happened = (event) => observer.happened?.(event)
  })

  async function pass(ms: number): Promise<void> {
    clock.advance(ms)
    await turn()
  }

  it('is given back once after the start', async () => {
    await pass(2_000)
    assert.equal(collections, 0)
    await pass(2_000)
    assert.equal(collections, 1)
    await pass(3_600_000)
    assert.equal(collections, 1)
  })

  it('is given back once after certificates that come together, and again after the next', async () => {
    await pass(10_000)
    happened(rotated)
    await pass(1_000)
    happened({ ...rotated, purpose: 'serving' })
    assert.equal(collections, 1)
    await pass(10_000)
    assert.equal(collections, 2)
    happened(rotated)
    await pass(10_000)
    assert.equal(collections, 3)
  })

  it('is not given back for what was only tried', async () => {
    await pass(10_000)
    happened({ kind: 'attempt', purpose: 'client', because: 'it was due' })
    await pass(10_000)
    assert.equal(collections, 1)
  })

  it('is left alone when the daemon ends', async () => {
    stop.abort()
    await pass(10_000)
    assert.equal(collections, 0)
  })

  it('is really collected, and V8 has the flags that it had', async () => {
    const tag = cachedDataVersionTag()
    const garbage = new WeakRef({ of: 'nobody' })
    await turn() // until then a WeakRef holds what it was made of
    assert.ok(garbage.deref())
    await turn()
    collectGarbage()
    assert.equal(garbage.deref(), undefined)
    assert.equal(cachedDataVersionTag(), tag)
    assert.equal(typeof (globalThis as { gc?: unknown }).gc, 'undefined')
  })

  it('is also that of code that does not run any more, which runs all the same', () => {
    const body = 'total += String(number).length;'.repeat(2_000)
    const once = runInThisContext(`(function (number) { let total = 0; ${body} return total; })`) as (
      n: number,
    ) => number
    const code = (): number =>
      getHeapSpaceStatistics().find((one) => one.space_name === 'trusted_space')?.space_used_size ?? 0
    // As in a daemon (scripts/program/interpret-only.ts): V8 keeps what it has compiled further.
    setFlagsFromString('--no-sparkplug')
    try {
      assert.equal(once(100), 6_000)
      const before = code()
      collectGarbage()
      assert.ok(code() < before - 50_000, `${before} bytes of code, and then ${code()}`)
      assert.equal(once(1_000), 8_000)
    } finally {
      setFlagsFromString('--sparkplug')
    }
  })
})
