import { main } from '../../src/cli/main.ts'
import type { Output, World } from '../../src/cli/world.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { CertletError } from '../../src/errors.ts'
import { bin, searchForSecrets } from './command.ts'

/** A command that runs in this process, as bin/certlet.js runs it in its own. */
export interface InProcess {
  /** As SIGTERM does. */
  stop(): void
  readonly done: Promise<{ code: number; text: string }>
}

export function inProcess(
  args: readonly string[],
  { clock = systemClock, machineId = 'a'.repeat(32) }: { clock?: Clock; machineId?: string | undefined } = {},
): InProcess {
  const stop = new AbortController()
  let text = ''
  const output: Output = {
    ...{ isTTY: false, isJournal: false, columns: undefined, terminal: undefined },
    write: (more) => {
      text += more
    },
  }
  const world: World = {
    ...{ stdout: output, stderr: output, askSecret: undefined, env: {}, clock, random: Math.random },
    readStdin: () => Promise.resolve(''),
    signal: stop.signal,
    ...{ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, pid: process.pid },
    self: [process.execPath, bin],
    usage: () => ({ cpuMs: process.cpuUsage().user / 1000, residentBytes: process.memoryUsage.rss() }),
    monotonicUs: () => process.hrtime.bigint() / 1000n,
    onHangup: () => ({ [Symbol.dispose]: () => undefined }),
    collectGarbage: () => Promise.resolve(),
    nodeVersion: process.versions.node,
    hostname: () => 'n1',
    machineId: () => machineId,
    network: () => ({ interfaces: {}, ipv4Routes: undefined, ipv6Routes: undefined }),
    processes: () => [],
  }
  return {
    stop: () => {
      stop.abort(new CertletError('INTERRUPTED', 'Interrupted by SIGTERM'))
    },
    done: main(args, world).then((code) => {
      searchForSecrets(text)
      return { code, text }
    }),
  }
}

/** A clock by which pauses are a fiftieth of what they should be. */
export const hurriedClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 50, signal),
}

/** What keeps the event loop alive, by kind. */
export function resources(): string {
  return process.getActiveResourcesInfo().sort().join(' ')
}
