import { pauseAfter, type RetryPolicy } from '../../backoff.ts'
import type { SigningRequestApi, SigningRequestEvent } from '../../csr/signing-request.ts'
import { ApiError } from '../../kube/api-error.ts'
import { decodeSigningRequest } from '../../kube/signing-request-codec.ts'
import { watch, type WatchEvent } from '../../kube/watch.ts'
import { leanRequests, newestVersion, REQUESTS_PATH } from './lean-requests.ts'
import type { FleetWire } from './wire.ts'

/** One watch of all requests, of which each node is told its own. */
export interface SharedWatch {
  /** Resolves when the watch sees whatever is made from now on; rejects if it never will. */
  readonly ready: Promise<void>
  /** Rejects when the watch cannot go on; never resolves. */
  readonly lost: Promise<never>
  /** What happens to a request of that name from now on: to be asked for before it is made. */
  expect(name: string): Expected
}

/** The changes of one request, in their order. */
export interface Expected extends Disposable {
  changes(signal: AbortSignal): AsyncGenerator<SigningRequestEvent>
}

/** A queue with one reader. */
class Mailbox {
  readonly #events: SigningRequestEvent[] = []
  #wake: (() => void) | undefined

  deliver(event: SigningRequestEvent): void {
    this.#events.push(event)
    this.#wake?.()
  }

  async next(signal: AbortSignal): Promise<SigningRequestEvent> {
    for (;;) {
      signal.throwIfAborted()
      const event = this.#events.shift()
      if (event) return event
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const wake = (): void => {
        resolve(undefined)
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
      await promise
      signal.removeEventListener('abort', wake)
    }
  }
}

/** Watches all requests until the signal aborts. */
export function sharedWatch(
  { wire, server, retry }: { wire: FleetWire; server: string; retry: RetryPolicy },
  signal: AbortSignal,
): SharedWatch {
  const mailboxes = new Map<string, Mailbox>()
  const collection = server + REQUESTS_PATH
  const api: SigningRequestApi = leanRequests({ wire, server, retry, labels: {} })
  const ready = Promise.withResolvers<undefined>()

  /** What is waited for and may have changed while nobody watched. */
  const catchUp = async (): Promise<void> => {
    for (const [name, mailbox] of mailboxes) {
      const request = await api.read(name, signal)
      if (request) mailbox.deliver({ kind: 'present', request })
    }
  }
  const pass = ({ type, object }: WatchEvent): string | undefined => {
    const { metadata } = object as { metadata?: { name?: string; resourceVersion?: string } }
    const mailbox = mailboxes.get(metadata?.name ?? '')
    // Of what was added, the answer to the POST tells.
    if (mailbox && type === 'MODIFIED') mailbox.deliver({ kind: 'present', request: decodeSigningRequest(object) })
    if (mailbox && type === 'DELETED') mailbox.deliver({ kind: 'deleted' })
    return metadata?.resourceVersion
  }
  const run = async (): Promise<never> => {
    let from: string | undefined
    for (let failures = 0; ;) {
      try {
        if (from === undefined) {
          from = await newestVersion({ wire, server }, signal)
          await catchUp()
        }
        ready.resolve(undefined)
        const url = new URL(`${collection}?resourceVersion=${encodeURIComponent(from)}`)
        const what = 'certificate signing requests'
        for await (const event of watch(wire, url, { what, clock: retry.clock, draw: retry.random(), signal })) {
          if (event.type === 'ERROR') {
            from = undefined // 410 Gone among others
            break
          }
          failures = 0
          from = pass(event) ?? from
        }
        // A server that ends every watch at once is not asked without a pause.
        if (++failures > 1) await retry.clock.sleep(Math.min(100 * failures, 2_000), signal)
      } catch (error) {
        if (error instanceof ApiError && error.status.code === 410) from = undefined
        else await pauseAfter(error, ++failures, retry, signal)
      }
    }
  }
  const lost = run()
  lost.catch((error: unknown) => {
    ready.reject(error)
  })
  ready.promise.catch(() => undefined)
  return {
    ready: ready.promise,
    lost,
    expect: (name) => {
      const mailbox = new Mailbox()
      mailboxes.set(name, mailbox)
      return {
        changes: async function* (until) {
          for (;;) yield await mailbox.next(until)
        },
        [Symbol.dispose]: () => {
          mailboxes.delete(name)
        },
      }
    },
  }
}
