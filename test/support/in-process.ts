import { main } from '../../src/cli/main.ts'
import type { Output, World } from '../../src/cli/world.ts'
import { systemClock } from '../../src/clock.ts'
import { CertletError } from '../../src/errors.ts'

/** A command that runs in this process, as bin/certlet.js runs it in its own. */
export interface InProcess {
  /** As SIGTERM does. */
  stop(): void
  readonly done: Promise<{ code: number; text: string }>
}

export function inProcess(args: readonly string[]): InProcess {
  const stop = new AbortController()
  let text = ''
  const output: Output = {
    ...{ isTTY: false, isJournal: false, columns: undefined, terminal: undefined },
    write: (more) => {
      text += more
    },
  }
  const world: World = {
    ...{ stdout: output, stderr: output, askSecret: undefined, env: {}, clock: systemClock, random: Math.random },
    readStdin: () => Promise.resolve(''),
    signal: stop.signal,
    ...{ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, pid: process.pid },
    monotonicUs: () => process.hrtime.bigint() / 1000n,
    onHangup: () => ({ [Symbol.dispose]: () => undefined }),
    nodeVersion: process.versions.node,
    hostname: () => 'n1',
    machineId: () => 'a'.repeat(32),
    network: () => ({ interfaces: {}, ipv4Routes: undefined, ipv6Routes: undefined }),
    processes: () => [],
  }
  return {
    stop: () => {
      stop.abort(new CertletError('INTERRUPTED', 'Interrupted by SIGTERM'))
    },
    done: main(args, world).then((code) => ({ code, text })),
  }
}

/** What keeps the event loop alive, by kind. */
export function resources(): string {
  return process.getActiveResourcesInfo().sort().join(' ')
}
