import type { Writable } from 'node:stream'

/** What waits for its turn to end is written at once when it is longer than this, bytes. */
const LONGEST_WAITING = 16 * 1024

/** What is needed of an answer: over HTTP/2 it is no Writable, but has these. */
export type Sink = Pick<Writable, 'write' | 'on' | 'off'>

/**
 * Writes what comes; what comes within one turn of the event loop in one piece, since each write is a system call, and a record of TLS.
 * Nothing is taken from the source while the sink is full.
 * @param gone - ends it early: nobody reads any more.
 * @throws what the source throws; what came before is written.
 */
export async function pour(source: AsyncIterable<Uint8Array>, sink: Sink, gone: AbortSignal): Promise<void> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  let turn: NodeJS.Immediate | undefined
  /** While the sink is full; it may have room again before the next chunk comes. */
  let drained: Promise<void> | undefined
  const flush = (): void => {
    clearImmediate(turn)
    turn = undefined
    const [first] = waiting
    if (!first || gone.aborted) return
    const room = sink.write(waiting.length === 1 ? first : Buffer.concat(waiting, bytes))
    if (!room) {
      drained = drainOf(sink).then(() => {
        drained = undefined
      })
    }
    waiting = []
    bytes = 0
  }
  try {
    for await (const chunk of source) {
      if (gone.aborted) return
      waiting.push(chunk)
      bytes += chunk.length
      turn ??= setImmediate(flush)
      if (bytes > LONGEST_WAITING) flush()
      if (drained) await drained
    }
  } finally {
    flush()
  }
}

/** When more can be written, or nothing ever. */
function drainOf(sink: Sink): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done)
      sink.off('close', done)
      resolve()
    }
    sink.on('drain', done)
    sink.on('close', done)
  })
}
