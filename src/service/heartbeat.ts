import type { AgentObserver } from '../agent/report.ts'

/** How long the agent's loop may be silent before it counts as stuck, ms: three of its longest pauses. */
export const SILENCE_MS = 180_000

/** Whether the agent's loop still turns. */
export interface Heartbeat extends Required<Pick<AgentObserver, 'alive'>> {
  /** Time since the last turn, ms. */
  silentMs(): number
  isAlive(): boolean
}

/**
 * A heartbeat that counts from now.
 * @param monotonicMs - a clock that neither jumps nor counts suspended time: a laptop that slept is not stuck.
 */
export function heartbeat(monotonicMs: () => number, longestSilenceMs = SILENCE_MS): Heartbeat {
  let last = monotonicMs()
  const silentMs = (): number => monotonicMs() - last
  return {
    alive: () => {
      last = monotonicMs()
    },
    silentMs,
    isAlive: () => silentMs() <= longestSilenceMs,
  }
}
