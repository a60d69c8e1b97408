import { main } from './main.ts'
import { worldOf } from './process-world.ts'

/** What bin/certlet.js starts: runs the command line of a process, and leaves its exit code there. */
export async function start(process: NodeJS.Process): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), worldOf(process))
}
