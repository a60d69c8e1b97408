import type { AgentObserver } from '../agent/report.ts'
import type { Clock } from '../clock.ts'

/** So long after a certificate, or after the start, whatever came with it is over, ms. */
const SETTLED_MS = 3_000

/**
 * Has memory given back to the kernel after the start and after each certificate: a daemon then does nothing for months, and V8 collects
 * garbage only when it needs room.
 * @param collect - as collectGarbage does.
 */
export function giveMemoryBack(collect: () => Promise<void>, clock: Clock, signal: AbortSignal): AgentObserver {
  let waits = false
  const soon = (): void => {
    if (waits) return
    waits = true
    clock
      .sleep(SETTLED_MS, signal)
      .then(() => {
        waits = false
        return collect()
      })
      .catch(() => undefined) // the daemon ends
  }
  soon()
  return {
    happened: ({ kind }) => {
      if (kind === 'rotated') soon()
    },
  }
}
