import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Sightings } from './reader-process.ts'

/** A second process that watches what others would read. */
export interface Reader extends AsyncDisposable {
  /** Looks at these files from now on; resolves when it has begun. */
  begin(paths: readonly string[]): Promise<void>
  /** @returns what it saw since. */
  end(): Promise<Sightings>
}

export function startReader(): Reader {
  const child = fork(fileURLToPath(new URL('reader-process.ts', import.meta.url)))
  const ask = async (paths: readonly string[]): Promise<unknown> => {
    const answer = once(child, 'message')
    child.send([...paths])
    return (await answer)[0] as unknown
  }
  return {
    begin: async (paths) => {
      await ask(paths)
    },
    end: async () => (await ask([])) as Sightings,
    [Symbol.asyncDispose]: () => gone(child),
  }
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.disconnect()
  await exit
}
