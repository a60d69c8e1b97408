import { availableParallelism, loadavg } from 'node:os'

/** How long an end may take on a machine with nothing else to do, ms. */
const PROMPT_MS = 1_000

/** The same on this machine at this moment: each of so many processes gets so much less of it. */
export function promptMs(): number {
  return PROMPT_MS * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())
}
