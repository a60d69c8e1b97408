import type { Clock } from '../clock.ts'
import { CertletError } from '../errors.ts'
import { apiErrorOf } from './api-error.ts'
import type { Wire } from './wire.ts'

/** One line of a watch. Source: apimachinery pkg/apis/meta/v1/watch.go, WatchEvent. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
}

/** How long the server is asked to keep a watch, s: client-go's 5 to 10 minutes. Source: client-go tools/cache/reflector.go. */
const WATCH_SECONDS = { least: 300, most: 600 }

/** A watch that the server should have ended this long ago is dead, ms: its connection was lost without a word. */
const OVERDUE_MS = 30_000

/** Longest line, characters. An object of a watch is at most the API server's 3 MiB. */
const LONGEST_LINE = 4 * 1024 * 1024

/**
 * The events of one watch, until it ends for whatever ordinary reason: the server closes it, the connection breaks, goes silent, or has
 * been replaced.
 * @param what - for messages: `the certificate signing request`.
 * @param draw - number in [0, 1), so that clients which began together do not watch anew together.
 * @throws CertletError if the server refuses the watch, or sends what is not a watch; the signal's reason.
 */
export async function* watch(
  wire: Pick<Wire, 'open'>,
  url: URL,
  { what, clock, draw, signal }: { what: string; clock: Clock; draw: number; signal: AbortSignal },
): AsyncGenerator<WatchEvent> {
  const seconds = Math.round(WATCH_SECONDS.least + draw * (WATCH_SECONDS.most - WATCH_SECONDS.least))
  url.searchParams.set('watch', 'true')
  url.searchParams.set('allowWatchBookmarks', 'true')
  url.searchParams.set('timeoutSeconds', String(seconds))
  const overdue = new AbortController()
  const ended = new AbortController()
  clock.sleep(seconds * 1000 + OVERDUE_MS, ended.signal).then(
    () => {
      overdue.abort()
    },
    () => undefined, // the watch ended in time
  )
  try {
    const { status, headers, body, replaced } = await wire.open({
      method: 'GET',
      url: url.href,
      headers: { Accept: 'application/json' },
      signal: AbortSignal.any([signal, overdue.signal]),
    })
    if (status !== 200) throw apiErrorOf(`watch ${what}`, { status, headers, body: await textOf(body) })
    const end = (): void => {
      overdue.abort()
    }
    replaced.addEventListener('abort', end, { signal: ended.signal })
    if (!replaced.aborted) yield* events(body)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CertletError) throw error
    // A connection that broke in the middle: ordinary, the caller lists and watches anew.
  } finally {
    ended.abort()
  }
}

async function* events(body: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder()
  // Only what is new is looked through: a line may come in a million pieces.
  let rest = ''
  for await (const chunk of body) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n')
    rest += first
    for (const next of others) {
      if (rest.trim() !== '') yield parse(rest)
      rest = next
    }
    if (rest.length > LONGEST_LINE)
      throw new CertletError('API_UNEXPECTED', 'The API server sent a watch event without end')
  }
}

function parse(line: string): WatchEvent {
  try {
    const event = JSON.parse(line) as WatchEvent
    if (typeof event.type === 'string') return event
  } catch {
    // falls through to the error below
  }
  throw new CertletError('API_UNEXPECTED', 'The API server sent a watch event that is not JSON')
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > LONGEST_LINE) break
  }
  return text
}
