import { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import { Server } from 'node:net'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
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

/**
 * Remembers which test is under way, so that what it opens can be told, and fails when the tests have left something open: at the end of
 * the run or, where files of tests run side by side in processes of their own, at the end of each file.
 */
export function leftovers(patienceMs: number): Mocha.RootHookObject {
  return {
    beforeEach(this: Mocha.Context): void {
      test = this.currentTest?.fullTitle() ?? test
    },
    async afterAll(this: Mocha.Context): Promise<void> {
      this.timeout(2 * patienceMs + 10_000)
      const givenUpAt = performance.now() + patienceMs
      while (stillOpen().length > 0 && performance.now() < givenUpAt) await setTimeout(20)
      const left = stillOpen()
      if (left.length === 0) return
      const told = left.map(describe).join('\n')
      for (const one of left) {
        open.delete(one)
        if (one instanceof ChildProcess) one.kill('SIGKILL')
      }
      throw new Error(`The tests have left this open; processes are killed now:\n${told}`)
    },
  }
}

/** Sees to it that a run of mocha ends whatever the tests have left open, and then fails. */
export function endGuard(patienceMs: number): () => void {
  return () => {
    endAfter(patienceMs)
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
  globalThis.setTimeout(giveUp, patienceMs).unref()
}

/**
 * A process that could not be started and a server that got no port are not there; the service of esbuild does not keep us alive, and ends
 * with us.
 */
function stillOpen(): object[] {
  return [...open.keys()].filter((one) => {
    if (one instanceof Server) return one.listening
    return !(one instanceof ChildProcess) || (one.pid !== undefined && basename(one.spawnfile) !== 'esbuild')
  })
}

function describe(what: object): string {
  const { test: title, what: text } = open.get(what) ?? { test: '', what: String }
  return `  ${text()}, opened in "${title}"`
}

export const mochaHooks = leftovers(PATIENCE_MS)

export const mochaGlobalTeardown = endGuard(PATIENCE_MS)
