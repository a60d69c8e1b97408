import type { Clock } from '../clock.ts'
import type { SigningRequest, SigningRequestEvent } from './signing-request.ts'

/** A watch for a request that was begun before the request was known to be there. Disposing ends it. */
export interface EarlyWatch extends Disposable {
  /**
   * The states of a request since it was created. They end as soon as anything else is told, or nothing: an object of the same name with
   * another UID, a deletion (of which one cannot say whether it was an earlier object), a watch that is refused, breaks, is silent, or aborted.
   * Nor is any of it an error here: whoever goes on with an ordinary watch meets it there, and in its order.
   */
  states(created: Pick<SigningRequest, 'uid'>): AsyncIterable<SigningRequest>
}

/** A watch says within this time that there is an object that was created, or it is taken to be silent, ms. */
const SILENT_MS = 5_000

/**
 * Sends a watch now, so that it need not wait for the answer of the POST beside it: a round trip less. What it tells is kept until it is
 * known which object is meant.
 * @param watch - begins one watch of the request's name, the present state first.
 */
export function watchEarly(
  watch: (signal: AbortSignal) => AsyncIterable<SigningRequestEvent>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): EarlyWatch {
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const events = watch(ended)[Symbol.asyncIterator]()
  const end = (): void => {
    over.abort()
    events.return?.().catch(() => undefined) // the abort is its failure
  }
  let next = events.next()
  next.catch(() => undefined) // it may fail while the answer of the POST is still waited for
  return {
    async *states({ uid }) {
      const told = new AbortController()
      clock.sleep(SILENT_MS, AbortSignal.any([ended, told.signal])).then(end, () => undefined)
      try {
        for (;;) {
          const event = await next
          told.abort()
          if (event.done === true || event.value.kind === 'deleted' || event.value.request.uid !== uid) return
          yield event.value.request
          next = events.next()
        }
      } catch {
        // Said by the ordinary watch.
      } finally {
        told.abort()
        end()
      }
    },
    [Symbol.dispose]: end,
  }
}
