/** One open page: what it still has to be told, at its own pace. */
import type { Board } from './board.ts'
import type { Update } from './protocol.ts'

/** Changes within this time are told together, ms. */
const TOGETHER_MS = 100
/** Requests in one message: the lab does other things between two. */
const MOST_AT_ONCE = 250

export interface Stream {
  /** @returns false when the reader is slow: `drained` is called when it has caught up. */
  write(text: string): boolean
  drained(listener: () => void): void
}

/** Follows the board until the returned function is called. A slow reader costs no memory but for the names of what has changed. */
export function startViewer(board: Board, stream: Stream): () => void {
  let dirty = new Set(board.names())
  let [reset, settings, traffic] = [true, true, true]
  let timer: NodeJS.Timeout | undefined
  let [blocked, stopped] = [false, false]

  function flush(): void {
    timer = undefined
    if (stopped) return
    const names = [...dirty].slice(0, MOST_AT_ONCE)
    for (const name of names) dirty.delete(name)
    const found = names.map((name) => [name, board.summary(name)] as const)
    const update: Update = {
      reset,
      requests: found.flatMap(([, summary]) => summary ?? []),
      gone: found.flatMap(([name, summary]) => (summary ? [] : [name])),
      nodes: board.nodes().length,
      tokens: board.tokens().length,
      ...(settings && { settings: board.settings() }),
    }
    ;[reset, settings, traffic] = [false, false, false]
    blocked = !stream.write(`data: ${JSON.stringify(update)}\n\n`)
    if (blocked) {
      stream.drained(() => {
        blocked = false
        plan(0)
      })
    } else if (dirty.size > 0) plan(0)
  }
  const plan = (ms: number): void => {
    if (!blocked && !stopped && timer === undefined && (dirty.size > 0 || reset || settings || traffic))
      timer = setTimeout(flush, ms)
  }
  const unwatch = board.watch((change) => {
    if (change.what === 'request') dirty.add(change.name)
    else if (change.what === 'settings') settings = true
    else if (change.what === 'traffic') traffic = true
    else {
      dirty = new Set(board.names())
      ;[reset, settings] = [true, true]
    }
    plan(TOGETHER_MS)
  })
  plan(0)
  return () => {
    stopped = true
    clearTimeout(timer)
    unwatch()
  }
}
