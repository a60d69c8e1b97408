import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./watched-lab-process.ts', import.meta.url))

export interface WatchedLab extends AsyncDisposable {
  readonly bootstrapKubeconfig: string
  /** The moment at which the next certificate is issued, on the machine's clock, ms. To be called before it can be. */
  nextIssued(): Promise<number>
}

export async function startWatchedLab(): Promise<WatchedLab> {
  const child = fork(SCRIPT)
  const [bootstrapKubeconfig] = (await once(child, 'message')) as [string]
  return {
    bootstrapKubeconfig,
    nextIssued: async () => ((await once(child, 'message')) as [number])[0],
    [Symbol.asyncDispose]: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
