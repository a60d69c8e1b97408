import assert from 'node:assert/strict'
import { arrivals, ARRIVALS } from '../../src/fleet/arrivals.ts'
import { findings, plateauSeconds } from '../../src/fleet/findings.ts'
import { decodedLatencies, latencies } from '../../src/fleet/latencies.ts'
import { createSchedule } from '../../src/fleet/schedule.ts'
import { parseShard, plays } from '../../src/fleet/shard.ts'
import { createTally } from '../../src/fleet/tally.ts'
import { CertletError } from '../../src/errors.ts'
import { seededRandom } from '../../src/seeded-random.ts'
import { runRecord } from '../support/run-record.ts'

describe('arrivals of a fleet', () => {
  const plan = (arrival: (typeof ARRIVALS)[number], seed = 1): Float64Array =>
    arrivals({ arrival, nodes: 2000, rampMs: 10_000, random: seededRandom(seed) })

  for (const arrival of ARRIVALS) {
    it(`by ${arrival} are in order, within the ramp, and the same for the same seed`, () => {
      const moments = plan(arrival)
      assert.equal(moments.length, 2000)
      assert.ok(moments.every((at, index) => at >= (moments[index - 1] ?? 0) && at <= 10_000))
      assert.deepEqual(moments, plan(arrival))
      assert.equal(arrival === 'burst', String(moments) === String(plan(arrival, 2)))
    })
  }

  it('by poisson have gaps as unequal as chance makes them, and are spread over the whole ramp', () => {
    const moments = plan('poisson')
    const gaps = [...moments].slice(1).map((at, index) => at - (moments[index] ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    // Of exponential gaps the standard deviation equals the mean.
    assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.1)
    const firstHalf = moments.filter((at) => at < 5_000).length
    assert.ok(Math.abs(firstHalf - 1000) < 100)
  })

  it('by power-cut have a start without any, a middle, and stragglers', () => {
    const moments = plan('power-cut')
    const between = (from: number, to: number): number => moments.filter((at) => at >= from && at < to).length
    assert.equal(between(0, 1_500), 0)
    assert.ok(between(4_000, 6_000) > 800)
    assert.ok(between(8_000, 10_001) > 20)
  })
})

describe('a shard', () => {
  for (const [text, want] of [
    ['0/1', { index: 0, of: 1 }],
    ['3/4', { index: 3, of: 4 }],
    ['4/4', undefined],
    ['0/0', undefined],
    ['-1/4', undefined],
    ['1/4x', undefined],
    ['', undefined],
  ] as const)
    it(`is ${want ? 'read' : 'not'} "${text}"`, () => {
      assert.deepEqual(parseShard(text), want)
    })

  it('plays, with the others, each node once', () => {
    for (let node = 0; node < 10; node++)
      assert.equal([0, 1, 2].filter((index) => plays({ index, of: 3 }, node)).length, 1)
  })
})

describe('the schedule of a fleet', () => {
  /** Time that moves only when everybody sleeps. */
  function world(signal = new AbortController().signal): Parameters<typeof createSchedule>[1] & { at: () => number } {
    let at = 0
    return {
      at: () => at,
      now: () => at,
      sleep: async (ms, until) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (!until.aborted) at += ms
      },
      signal,
    }
  }

  it('begins nothing before its time, and in the order of time', async () => {
    const time = world()
    const schedule = createSchedule<string>(10, time)
    for (const [what, atMs] of [['c', 30], ['a', 10], ['b', 20]] as const) schedule.add({ what, atMs }) // prettier-ignore
    const begun: [string, number][] = []
    await schedule.run(({ what }) => {
      begun.push([what, time.at()])
      return Promise.resolve()
    })
    assert.deepEqual(begun, [['a', 10], ['b', 20], ['c', 30]]) // prettier-ignore
  })

  it('has no more under way than it may, and leaves the moments as they were meant', async () => {
    const time = world()
    const schedule = createSchedule<number>(2, time)
    for (let what = 0; what < 6; what++) schedule.add({ what, atMs: 5 })
    let most = 0
    let now = 0
    const meant: number[] = []
    await schedule.run(async ({ atMs }) => {
      most = Math.max(most, ++now)
      meant.push(atMs)
      await new Promise((resolve) => setImmediate(resolve))
      now--
    })
    assert.equal(most, 2)
    assert.deepEqual(meant, [5, 5, 5, 5, 5, 5])
  })

  it('goes on with what is added meanwhile', async () => {
    const schedule = createSchedule<number>(1, world())
    schedule.add({ what: 0, atMs: 0 })
    const seen: number[] = []
    await schedule.run(async ({ what }) => {
      await Promise.resolve()
      seen.push(what)
      if (what < 3) schedule.add({ what: what + 1, atMs: what * 1000 })
    })
    assert.deepEqual(seen, [0, 1, 2, 3])
  })

  it('ends when its signal aborts, after what is under way', async () => {
    const stop = new AbortController()
    const schedule = createSchedule<number>(5, world(stop.signal))
    for (let what = 0; what < 9; what++) schedule.add({ what, atMs: 0 })
    let ended = 0
    const running = schedule.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      ended++
    })
    setImmediate(() => {
      stop.abort(new Error('enough'))
    })
    await assert.rejects(running, /enough/)
    assert.equal(ended, 5)
  })
})

describe('latencies', () => {
  it('keep three digits, and are the same after they were written and read', () => {
    const all = latencies()
    for (let ms = 1; ms <= 1000; ms++) all.record(ms)
    const read = decodedLatencies(all.encoded())
    for (const one of [all, read]) {
      assert.equal(one.count, 1000)
      for (const [share, ms] of [
        [0.5, 500],
        [0.99, 990],
        [1, 1000],
      ] as const)
        // prettier-ignore
        assert.ok(Math.abs(one.at(share) - ms) <= ms / 1000, `${one.at(share)} at ${share}`)
      assert.deepEqual(one.bins([100, 1000, 2000]), [100, 900, 0])
    }
  })

  it('are nothing of nobody, and take what is out of range', () => {
    const none = latencies()
    assert.deepEqual([none.count, none.at(0.5), none.meanMs, none.longestMs], [0, 0, 0, 0])
    none.record(-1)
    none.record(1e12)
    assert.equal(none.count, 2)
  })
})

describe('the tally of a fleet', () => {
  it('puts everything into the second in which it happens, and arrivals where they were meant to be', () => {
    let now = 0
    const tally = createTally(() => now)
    now = 2500
    tally.begun(400)
    tally.begun(2500)
    tally.retried(new CertletError('API_BUSY', 'slow down'))
    now = 4100
    tally.issued('client', 3700)
    tally.over()
    tally.over(new CertletError('CSR_DENIED', 'no'))
    const seconds = tally.seconds()
    assert.deepEqual(seconds.arrivals, [1, 0, 1, 0, 0])
    assert.deepEqual(seconds.started, [0, 0, 2, 0, 0])
    assert.deepEqual(seconds.issued, [0, 0, 0, 0, 1])
    assert.deepEqual(seconds.failed, [0, 0, 0, 0, 1])
    assert.deepEqual(seconds.errors, [0, 0, 1, 0, 1])
    assert.equal(decodedLatencies(seconds.latency[4] ?? '').count, 1)
    assert.equal(tally.inFlight, 0)
    assert.deepEqual(
      [...tally.errors.values()].map(({ code, attempts, failed }) => [code, attempts, failed]),
      [['API_BUSY', 1, 0], ['CSR_DENIED', 0, 1]], // prettier-ignore
    )
  })

  it('has no words of an unknown error, which could hold anything', () => {
    const tally = createTally(() => 0)
    tally.begun(0)
    tally.over(new Error('Bearer abcdef.0123456789abcdef'))
    assert.deepEqual(tally.errors.get('INTERNAL')?.sample, 'Unexpected Error')
  })
})

describe('what is found about a run', () => {
  const kinds = (over: Parameters<typeof runRecord>[0]): string[] => findings(runRecord(over)).map(({ kind }) => kind)
  const steady = (rate: number, seconds: number): number[] => Array.from({ length: seconds }, () => rate)

  it('is nothing when all is well', () => {
    assert.deepEqual(kinds({}), [])
  })

  for (const { title, issued, waiting, want } of [
    { title: 'ten a second while hundreds wait', issued: steady(10, 20), waiting: steady(300, 20), want: 20 },
    {
      title: 'about ten a second',
      issued: [9, 10, 11, 10, 9, 10, 10, 11, 10, 9, 10, 0],
      waiting: steady(50, 12),
      want: 11,
    },
    { title: 'ten a second because no more come', issued: steady(10, 20), waiting: steady(2, 20), want: 0 },
    { title: 'ten a second for a moment', issued: [200, 10, 10, 10, 10, 200], waiting: steady(300, 6), want: 0 },
    {
      title: 'ten a second on average',
      issued: Array.from({ length: 20 }, (_, at) => (at % 2) * 20),
      waiting: steady(300, 20),
      want: 0,
    },
    { title: 'fourteen a second', issued: steady(14, 20), waiting: steady(300, 20), want: 0 },
    {
      title: 'a plateau in the middle',
      issued: [...steady(100, 9), ...steady(10, 15), ...steady(0, 9)],
      waiting: steady(300, 33),
      want: 15,
    },
  ])
    it(`knows the plateau of a stock kube-controller-manager: ${title}`, () => {
      assert.equal(plateauSeconds(issued, waiting), want)
    })

  it('is a client that is the bottleneck, one that has no processor, and neither when it has time', () => {
    const client = { shard: 0, wallMs: 10_000, residentBytes: 1, cores: 2 }
    assert.deepEqual(kinds({ clients: [{ ...client, cpuMs: 9_500, loop: 0.96 }] }), ['client-bound'])
    assert.deepEqual(kinds({ clients: [{ ...client, cpuMs: 2_500, loop: 0.96 }] }), ['machine-bound'])
    assert.deepEqual(kinds({ clients: [{ ...client, cpuMs: 7_000, loop: 0.7 }] }), [])
  })

  it('is what is missing, failed or left', () => {
    const found = kinds({
      ...{ of: 3, shards: [0], interrupted: true },
      nodes: { planned: 10, started: 6, joined: 4, failed: 2 },
      left: { requests: 6, selectors: ['certlet-fleet=x'] },
    })
    assert.deepEqual(found, ['failures', 'partial', 'left'])
  })

  it('is that nodes waited for each other', () => {
    const start = latencies()
    for (let n = 0; n < 10; n++) start.record(4_000)
    assert.deepEqual(kinds({ phases: { ...runRecord({}).phases, start: start.encoded() } }), ['concurrency-bound'])
  })
})
