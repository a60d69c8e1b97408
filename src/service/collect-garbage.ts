import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** V8 gives up the compiled code of a function that has not run for two collections; the third returns the pages. */
const TIMES = 3

/**
 * Collects all garbage as V8 does when it is about to run out of memory, so that what it keeps ready for more goes too, and with it the
 * code of what is over: some hundredths of a second each time, and 12 MiB after a bootstrap. What runs again, at the next rotation, is
 * compiled again. Node.js has no function for it: V8 puts its own into a context that is made under a flag.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  try {
    const collect = runInNewContext('gc') as (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void
    for (let time = 0; time < TIMES; time++) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  } finally {
    // Under other flags than at its start V8 refuses Node's compiled code of whatever is loaded later.
    setFlagsFromString('--no-expose-gc')
  }
}
