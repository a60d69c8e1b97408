import { existsSync } from 'node:fs'
import { keepMemoryOutOfCoreFiles } from './core-files.ts'
import { main } from './main.ts'
import { worldOf } from './process-world.ts'

/** Not Node itself: where certlet is one file with it, that takes no script. */
const SHELL = '/bin/sh'

/** What bin/certlet.js starts: runs the command line of a process, and ends it with the command's exit code. */
export async function start(process: NodeJS.Process): Promise<void> {
  keepMemoryOutOfCoreFiles()
  end(process, await main(process.argv.slice(2), worldOf(process)))
}

/**
 * Ends the process, whatever is still under way that nobody waits for any more: an exec plugin that hangs, a question on the terminal.
 * Nothing is lost by it: on Linux, writing to a pipe or file is over when write() returns (Node.js, process, A note on process I/O).
 *
 * A name that is being looked up is another matter: that is a thread inside getaddrinfo(3), which nothing can cancel, and for which
 * even process.exit() waits, 10 s and more where DNS does not answer. So the process becomes another one, which ends at once. Why, and
 * why so: docs/decisions/0007-ending.md.
 */
function end(process: NodeJS.Process, code: number): void {
  if (process.execve && existsSync(SHELL) && process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')) {
    try {
      process.execve(SHELL, [SHELL, '-c', `exit ${code}`], {})
    } catch {
      // A sandbox may forbid it; then the lookup's own end is waited for.
    }
  }
  process.exit(code)
}
