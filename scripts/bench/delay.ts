import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./delay-process.ts', import.meta.url))

export interface Delay extends AsyncDisposable {
  /** Leads to the port that is delayed. */
  readonly port: number
}

/** A long way to a port of loopback, in a process of its own. @param roundTripMs - what goes there and back takes this long. */
export async function startDelay(to: number, roundTripMs: number): Promise<Delay> {
  const child = fork(SCRIPT, [String(to), String(roundTripMs)])
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}
