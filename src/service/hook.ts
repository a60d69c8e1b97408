import { type ChildProcess, spawn } from 'node:child_process'
import process, { kill } from 'node:process'
import type { Readable } from 'node:stream'

/** How a command ended. */
export type HookEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'time-out' }
  | { readonly kind: 'not-started'; readonly why: string }

export interface HookLimits {
  /** Then it gets SIGTERM, ms. */
  readonly timeMs: number
  /** Time after SIGTERM until SIGKILL, ms. */
  readonly graceMs: number
  /** The same where certlet itself ends, ms. */
  readonly lastGraceMs: number
}

/** Of each run, so many lines are passed on, and so many characters of a line. */
const MOST_LINES = 100
const LONGEST_LINE = 1_000

/** How long what a dead command still has in its pipes is waited for, ms: a child of its own may hold them open for ever. */
const DRAIN_MS = 200

/**
 * Runs a command without a shell, in a process group of its own, so that its children end with it when its time is over.
 * @param argv - the program, looked for in env.PATH, and its arguments.
 * @param onLine - gets each line of both its outputs, bounded in number and length.
 * @param signal - ends the command when it aborts.
 */
export async function runHook(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  { timeMs, graceMs, lastGraceMs }: HookLimits,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<HookEnd> {
  const [program, ...args] = argv
  const child = spawn(program, args, { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const lines = boundedLines(onLine)
  for (const stream of [child.stdout, child.stderr]) lines.read(stream)
  const state: { timedOut: boolean; killing?: NodeJS.Timeout } = { timedOut: false }
  const end = (patienceMs: number): void => {
    signalGroup(child, 'SIGTERM')
    clearTimeout(state.killing)
    state.killing = setTimeout(() => {
      signalGroup(child, 'SIGKILL')
    }, patienceMs)
  }
  const onAbort = (): void => {
    end(lastGraceMs)
  }
  const limit = setTimeout(() => {
    state.timedOut = true
    end(graceMs)
  }, timeMs)
  const onExit = (): void => {
    signalGroup(child, 'SIGKILL')
  }
  process.on('exit', onExit) // a second signal ends certlet without any grace
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    const ended = await ending(child)
    return state.timedOut ? { kind: 'time-out' } : ended
  } finally {
    signal.removeEventListener('abort', onAbort)
    process.off('exit', onExit)
    clearTimeout(limit)
    if (state.killing) {
      clearTimeout(state.killing)
      signalGroup(child, 'SIGKILL') // its children, if it has left some that did not heed SIGTERM
    }
    lines.end()
  }
}

async function ending(child: ChildProcess): Promise<HookEnd> {
  const closed = new Promise((resolve) => child.once('close', resolve))
  const ended = await new Promise<HookEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: 'not-started', why: error.code ?? error.message })
    })
    child.once('exit', (code, signal) => {
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal })
    })
  })
  if (ended.kind === 'not-started') return ended
  let drained: NodeJS.Timeout | undefined
  await Promise.race([closed, new Promise((resolve) => (drained = setTimeout(resolve, DRAIN_MS)))])
  clearTimeout(drained)
  child.stdout?.destroy()
  child.stderr?.destroy()
  return ended
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    kill(-pid, signal)
  } catch {
    // The group is gone.
  }
}

/** Cuts streams into lines; what is too long or too much is left out, and said. */
function boundedLines(onLine: (line: string) => void): { read(stream: Readable): void; end(): void } {
  let count = 0
  const rests: { text: string }[] = []
  const emit = (line: string): void => {
    count++
    if (count <= MOST_LINES) onLine(line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}…`)
  }
  return {
    read: (stream) => {
      const rest = { text: '' }
      rests.push(rest)
      stream.setEncoding('utf8').on('data', (text: string) => {
        const [first = '', ...others] = text.split('\n')
        const lines = [rest.text + first, ...others]
        // A line without an end takes no more memory than one that is passed on.
        rest.text = (lines.pop() ?? '').slice(0, LONGEST_LINE + 1)
        lines.forEach(emit)
      })
    },
    end: () => {
      for (const { text } of rests) if (text !== '') emit(text)
      if (count > MOST_LINES) onLine(`(${count - MOST_LINES} more lines are left out)`)
    },
  }
}
