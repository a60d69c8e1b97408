import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { setImmediate as turnOver } from 'node:timers/promises'
import { pour, type Sink } from '../../../src/lab/http/pour.ts'

/** Keeps what is written; has room for as many writes as it is told. */
class Bowl extends EventEmitter {
  readonly written: string[] = []
  room = Infinity
  write(chunk: Uint8Array): boolean {
    this.written.push(Buffer.from(chunk).toString())
    return --this.room > 0
  }
  drain(): void {
    this.room = 1
    this.emit('drain')
  }
}

const pouring = (source: AsyncIterable<Uint8Array>, bowl: Bowl, gone = new AbortController().signal): Promise<void> =>
  pour(source, bowl as unknown as Sink, gone)

async function* chunks(texts: Iterable<string>, between?: () => Promise<void>): AsyncGenerator<Buffer> {
  for (const text of texts) {
    yield Buffer.from(text)
    await between?.()
  }
}

describe('what is poured into an answer', () => {
  it('is one piece for each turn of the event loop', async () => {
    const bowl = new Bowl()
    await pouring(chunks(['a', 'b', 'c']), bowl)
    assert.deepEqual(bowl.written, ['abc'])

    const slow = new Bowl()
    await pouring(
      chunks(['a', 'b'], () => turnOver()),
      slow,
    )
    assert.deepEqual(slow.written, ['a', 'b'])
  })

  it('waits for the end of a turn, not for more', async () => {
    const bowl = new Bowl()
    const gone = new AbortController()
    const never = new Promise<void>((resolve) => {
      gone.signal.addEventListener('abort', () => {
        resolve()
      })
    })
    const poured = pouring(
      chunks(['a'], () => never),
      bowl,
      gone.signal,
    )
    await turnOver()
    await turnOver()
    assert.deepEqual(bowl.written, ['a'])
    gone.abort()
    await poured
  })

  it('stops at the source while nobody reads', async () => {
    const bowl = new Bowl()
    bowl.room = 1
    let taken = 0
    const big = 'x'.repeat(20_000)
    const counted = async function* (): AsyncGenerator<Buffer> {
      for (; taken < 5; taken++) yield await Promise.resolve(Buffer.from(big))
    }
    const poured = pouring(counted(), bowl)
    for (let i = 0; i < 10; i++) await turnOver()
    assert.equal(taken, 0, 'the first chunk filled it')
    for (let i = 0; i < 5; i++) {
      bowl.drain()
      await turnOver()
    }
    await poured
    assert.deepEqual(
      bowl.written,
      Array.from({ length: 5 }, () => big),
    )
    assert.equal(bowl.listenerCount('drain') + bowl.listenerCount('close'), 0)
  })

  it('goes on after it was full and has room again before more comes', async () => {
    const bowl = new Bowl()
    bowl.room = 1
    await pouring(
      chunks(['a', 'b'], async () => {
        await turnOver()
        await turnOver()
        bowl.drain()
      }),
      bowl,
    )
    assert.deepEqual(bowl.written, ['a', 'b'])
  })

  it('ends when the reader has gone while it was full', async () => {
    const bowl = new Bowl()
    bowl.room = 1
    const gone = new AbortController()
    const poured = pouring(chunks(['x'.repeat(20_000), 'b']), bowl, gone.signal)
    await turnOver()
    gone.abort()
    bowl.emit('close')
    await poured
    assert.equal(bowl.written.length, 1)
  })

  it('is written before the error of its source is thrown', async () => {
    const bowl = new Bowl()
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from('a'))
      throw new Error('cut')
    }
    await assert.rejects(pouring(failing(), bowl), /cut/)
    assert.deepEqual(bowl.written, ['a'])
  })
})
