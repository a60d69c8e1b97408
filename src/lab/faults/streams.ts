/** Watches that break off or fall silent. */
import type { Clock } from '../../clock.ts'

/** A watch was told to break off; the transport breaks its connection. */
export class CutError extends Error {
  override readonly name = 'CutError'
}

const CUT = Symbol('cut')

/** The same chunks until the time is over. @throws CutError then */
export async function* cutAfter(
  chunks: AsyncIterable<Uint8Array>,
  ms: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const ended = clock.sleep(ms, signal).then(() => CUT)
  ended.catch(() => undefined) // the client has gone: the chunks end by themselves
  const source = chunks[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([source.next(), ended])
    if (next === CUT) throw new CutError('the watch was cut')
    if (typeof next === 'symbol' || next.done) return
    yield next.value
  }
}

/** The same chunks until the time is over, then none; does not end before the client goes. */
export async function* silentAfter(
  chunks: AsyncIterable<Uint8Array>,
  ms: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const from = clock.now().getTime() + ms
  for await (const chunk of chunks) if (clock.now().getTime() < from) yield chunk
  if (signal && !signal.aborted)
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true })
    })
}
