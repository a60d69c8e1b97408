import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Life } from './life.ts'

/** What a process holds. */
export interface Holdings {
  readonly heapBytes: number
  /** Open files, by the kernel; undefined where it does not tell. */
  readonly descriptors: number | undefined
  /** Ends of TCP connections. */
  readonly sockets: number
  /** What keeps the process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** Looks what the process holds, with the lab's memory of past requests gone and the garbage collected. */
export async function holdings({ lab, clock, quiet }: Life): Promise<Holdings> {
  const restarted = lab.restart() // forgets the history that watches resume from
  await clock.pass(60_000)
  await restarted
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What is finalized in one collection lets go of others in the next.
  for (let round = 0; round < 4; round++) {
    collect()
    await quiet.settle()
  }
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  return {
    heapBytes: process.memoryUsage().heapUsed,
    descriptors: openFiles(),
    sockets: quiet.sockets,
    resources,
  }
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
