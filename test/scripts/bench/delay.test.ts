import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { startDelay } from '../../../scripts/bench/delay.ts'
import { delayLine } from '../../../scripts/bench/delay-line.ts'
import { listening } from '../../support/listening.ts'

/** Time that goes by one millisecond after the other. */
function slowClock(): { now: () => number; later: (act: () => void, ms: number) => void; tick: () => void } {
  let at = 0
  let waiting: { act: () => void; due: number }[] = []
  return {
    now: () => at,
    later: (act, ms) => {
      waiting.push({ act, due: at + ms })
    },
    tick: () => {
      at++
      const due = waiting.filter((one) => one.due <= at)
      waiting = waiting.filter((one) => one.due > at)
      for (const { act } of due) act()
    },
  }
}

/** What comes out of a line, with its time. @param into - what goes in at which moments. */
function through(openAt: number, into: Readonly<Record<number, string>>): [number, string][] {
  const clock = slowClock()
  const outs: [number, string][] = []
  const line = delayLine<string>((thing) => outs.push([clock.now(), thing]), { delayMs: 30, openAt, clock })
  for (let ms = 0; ms < 200; ms++) {
    if (into[ms] !== undefined) line(into[ms] ?? '')
    clock.tick()
  }
  return outs
}

describe('the delay of the bench', () => {
  it('lets everything out after its time, with many under way at once', () => {
    assert.deepEqual(through(0, { 0: 'a', 1: 'b', 29: 'c', 100: 'd' }), [
      [30, 'a'],
      [31, 'b'],
      [59, 'c'],
      [130, 'd'],
    ])
  })

  it('holds what comes before the connection can be there', () => {
    assert.deepEqual(through(60, { 0: 'a', 1: 'b', 70: 'c' }), [
      [90, 'a'],
      [90, 'b'],
      [100, 'c'],
    ])
  })

  it('passes bytes on both ways, the end as well, and takes its time', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
    await using upstream = await listening(server)
    await using delay = await startDelay(upstream.port, 20)
    const started = performance.now()
    const client = connect({ port: delay.port, host: '127.0.0.1' })
    await once(client, 'connect')
    client.end('there and back')
    assert.equal(await text(client), 'there and back')
    const roundTrips = 2 // that of the connection, and that of the bytes
    assert.ok(performance.now() - started >= roundTrips * 20 - 1, 'a bound from below: a busy machine keeps it too')
  })

  it('ends a connection whose other end is gone', async () => {
    await using upstream = await listening(createServer((socket) => socket.destroy()))
    await using delay = await startDelay(upstream.port, 2)
    const client = connect({ port: delay.port, host: '127.0.0.1' })
    await once(client, 'close')
  })
})
