import type { Phase } from './report.ts'
import type { Task } from './task.ts'

/** Tells how long each step took, from the end of the one before; the first from now. */
export function stopwatch({ purpose, context: { clock, happened } }: Task): (phase: Phase) => void {
  let since = clock.now().getTime()
  return (phase) => {
    const now = clock.now().getTime()
    happened({ kind: 'phase', purpose, phase, seconds: Math.max(0, now - since) / 1000 })
    since = now
  }
}
