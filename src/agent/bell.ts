/** How others interrupt a loop: what it is doing ends, and it looks at everything anew. */
export interface Bell {
  ring(): void
  /** A signal for the next turn of the loop; it aborts when the bell rings, and when the process is to end. */
  turn(): AbortSignal
}

/** @param stop - ends every turn, for good. */
export function createBell(stop: AbortSignal): Bell {
  let current = new AbortController()
  const end = (): void => {
    current.abort(stop.reason)
  }
  stop.addEventListener('abort', end, { once: true })
  return {
    ring: () => {
      current.abort(RUNG)
    },
    turn: () => {
      if (current.signal.aborted) current = new AbortController()
      if (stop.aborted) end()
      return current.signal
    },
  }
}

const RUNG = new Error('The bell rang')
