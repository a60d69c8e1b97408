import { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import type { Server } from 'node:net'
import { basename } from 'node:path'
import type { Worker } from 'node:worker_threads'

/** Time after mocha's summary in which all that the tests opened has to be gone, ms. */
const PATIENCE_MS = 10_000

/** What is open, by whatever call it was opened: while which test, and what it is. */
const open = new Map<object, { test: string; what: () => string }>()
let test = 'outside of any test'

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess }
  note(child, 'exit', () => `process ${child.pid ?? 0}: ${child.spawnargs.join(' ')}`)
})
subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker }
  note(worker, 'exit', () => `worker thread ${worker.threadId}`)
})
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  const { server } = message as { server: Server }
  note(server, 'close', () => `server at ${JSON.stringify(server.address())}`)
})

function note(what: ChildProcess | Worker | Server, end: string, text: () => string): void {
  open.set(what, { test, what: text })
  what.once(end, () => open.delete(what))
}

/** Remembers which test is under way, so that what it opens can be told. */
export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    test = this.currentTest?.fullTitle() ?? test
  },
}

/**
 * Sees to it that a run of mocha ends whatever the tests have left open, and then fails: processes that are left are killed and told at
 * once; for the rest, what still keeps the process alive after `patienceMs`.
 * @returns a teardown for mocha.
 */
export function endGuard(patienceMs: number): () => void {
  return () => {
    endAfter(patienceMs)
    const left = stillOpen().filter((one) => one instanceof ChildProcess)
    const told = left.map(describe).join('\n')
    for (const child of left) child.kill('SIGKILL')
    if (left.length > 0) throw new Error(`The tests have left processes behind, which are killed now:\n${told}`)
  }
}

/** Ends the process with exit code 1 if it is still there after that time, and says what kept it. */
export function endAfter(patienceMs: number): void {
  const giveUp = (): void => {
    const resources = process.getActiveResourcesInfo()
    const counts = [...new Set(resources)].map((name) => `  ${name}: ${resources.filter((one) => one === name).length}`)
    const title = `The tests have ended, and ${patienceMs / 1000} s later this still keeps the process alive:`
    writeSync(2, `\n${[title, ...counts, ...stillOpen().map(describe)].join('\n')}\n`)
    // On exit mocha makes its count of failures the exit code; this listener comes after mocha's.
    process.once('exit', () => {
      process.exitCode = 1
    })
    process.exit(1)
  }
  setTimeout(giveUp, patienceMs).unref()
}

/** A process that could not be started is not there; the service of esbuild does not keep us alive, and ends with us. */
function stillOpen(): object[] {
  return [...open.keys()].filter(
    (one) => !(one instanceof ChildProcess) || (one.pid !== undefined && basename(one.spawnfile) !== 'esbuild'),
  )
}

function describe(what: object): string {
  const { test: title, what: text } = open.get(what) ?? { test: '', what: String }
  return `  ${text()}, opened in "${title}"`
}

export const mochaGlobalTeardown = endGuard(PATIENCE_MS)
