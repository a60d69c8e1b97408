import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Run, start, type Started } from '../support/command.ts'
import { type Fault, injection } from './fault.ts'
import { readTrace, type SystemCall, type Trace } from './system-call.ts'

/** Whether strace is here and may trace: a container may forbid it. */
export function straceWorks(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=getppid:error=EIO:when=1', 'true']).status === 0
}

export const STRACE_MISSING = 'strace is not installed or may not trace here: apt install strace'

/** A run under strace that has come to its end. */
export interface Traced {
  readonly run: Run
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null
  readonly trace: Trace
}

/** One arena, and no io_uring: otherwise the calls of a run depend on which thread is first. */
const STEADY = { MALLOC_ARENA_MAX: '1', UV_USE_IO_URING: '0' }

/** How long a run may take at most, ms. */
const PATIENCE_MS = 90_000

/**
 * Runs the shipped command under strace to its end.
 * @param how.strike - where a fault strikes; none: calls are only counted, with all threads traced.
 * @param folder - the node's; beside it, code is kept compiled from run to run.
 * @param how.meanwhile - called once it runs.
 */
export async function underStrace(
  args: readonly string[],
  folder: string,
  {
    strike,
    meanwhile,
  }: {
    strike?: { fault: Fault; call: SystemCall } | undefined
    meanwhile?:
      ((running: { ended: () => boolean; kill: (signal: NodeJS.Signals) => void }) => Promise<void>) | undefined
  } = {},
): Promise<Traced> {
  const logs = mkdtempSync(join(tmpdir(), 'certlet-strace-'))
  const log = join(logs, 'log')
  const by = [
    ...['strace', '-o', log, '-yy', '-s', '0', '-e', 'trace=%file,%desc,%network'],
    ...(strike ? ['-e', injection(strike.fault, strike.call)] : ['-f']),
  ]
  const started = start(args, { ...STEADY, NODE_COMPILE_CACHE: join(dirname(folder), 'cache') }, { by })
  try {
    const { child, done } = started
    const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
    const kill = (signal: NodeJS.Signals): void => {
      const [pid = 0] = childrenOf(child.pid)
      if (pid > 0) process.kill(pid, signal)
    }
    const late = setTimeout(() => {
      kill('SIGKILL')
    }, PATIENCE_MS)
    await meanwhile?.({ ended, kill })
    const run = await done
    clearTimeout(late)
    return { run, signal: child.signalCode, trace: readTrace(readFileSync(log, 'latin1'), folder) }
  } finally {
    await end(started)
    rmSync(logs, { recursive: true, force: true })
  }
}

/** strace that is killed lets go of the command, which would then live on. */
async function end({ child, done }: Started): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    for (const pid of childrenOf(child.pid)) process.kill(pid, 'SIGKILL')
    child.kill('SIGKILL')
  }
  await done
}

function childrenOf(pid = 0): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
