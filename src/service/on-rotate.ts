import { parseArgsStringToArgv } from 'string-argv'
import type { AgentEvent, AgentObserver } from '../agent/report.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError, unreachable } from '../errors.ts'
import type { Log } from '../log.ts'
import { type HookEnd, type HookLimits, runHook } from './hook.ts'

export type HookCommand = readonly [string, ...string[]]

type Rotated = Extract<AgentEvent, { kind: 'rotated' }>

/**
 * The command of `--on-rotate`: one text, split at blanks outside of quotes, or a list as the configuration file may have it. No shell
 * takes part: variables, pipes and globs mean nothing.
 * @throws CertletError USAGE
 */
export function hookCommand(value: unknown): HookCommand {
  const words = Array.isArray(value) ? value.map(String) : parseArgsStringToArgv(String(value))
  // yargs makes a list of one text where a flag may also be a list.
  const [program = '', ...args] =
    words.length === 1 && Array.isArray(value) ? parseArgsStringToArgv(words[0] ?? '') : words
  if (program !== '') return [program, ...args]
  throw new CertletError('USAGE', '--on-rotate names no command', {
    hint: 'give a program with its arguments, such as "systemctl reload nginx"',
  })
}

export interface OnRotateOptions {
  readonly command: HookCommand
  readonly limits: HookLimits
  readonly nodeName: string
  readonly kubeconfigPath: string
  /** Where programs are looked for. */
  readonly path: string
  readonly log: Log
  readonly signal: AbortSignal
}

export interface OnRotate extends Required<Pick<AgentObserver, 'happened'>> {
  /** Resolves when no run is under way or due. */
  idle(): Promise<void>
}

/**
 * Runs a command after each rotation, one at a time; of rotations that come meanwhile, the latest of each purpose has a run of its own
 * afterwards. Its failure is reported and changes nothing: the credential is in use by then.
 */
export function onRotate(options: OnRotateOptions): OnRotate {
  const { command, limits, log, signal } = options
  const due = new Map<Purpose, Rotated>()
  let running: Promise<void> | undefined

  async function work(): Promise<void> {
    for (let next = due.values().next(); !next.done && !signal.aborted; next = due.values().next()) {
      const event = next.value
      due.delete(event.purpose)
      const fields = { purpose: event.purpose, command: command[0] }
      const startedAt = performance.now()
      const end = await runHook(
        command,
        environment(event, options),
        limits,
        (text) => {
          log.info('the command of --on-rotate says', { ...fields, text })
        },
        signal,
      )
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10
      if (end.kind === 'exit' && end.code === 0) log.info('the command of --on-rotate has run', { ...fields, seconds })
      else log.warn('the command of --on-rotate failed', { ...fields, seconds, reason: describe(end, limits) })
    }
    running = undefined
  }

  return {
    happened: (event) => {
      if (event.kind !== 'rotated') return
      due.set(event.purpose, event)
      running ??= work()
    },
    idle: () => running ?? Promise.resolve(),
  }
}

/** All that the command sees: nothing of certlet's own environment but the PATH goes on to it. */
function environment(
  { purpose, currentPath, certificate }: Rotated,
  { nodeName, kubeconfigPath, path }: OnRotateOptions,
): Record<string, string> {
  return {
    PATH: path,
    CERTLET_NODE: nodeName,
    CERTLET_PURPOSE: purpose,
    // One file holds both, as the kubelet's does.
    CERTLET_CERTIFICATE: currentPath,
    CERTLET_KEY: currentPath,
    CERTLET_NOT_AFTER: certificate.notAfter.toISOString(),
    CERTLET_KUBECONFIG: kubeconfigPath,
  }
}

function describe(end: HookEnd, { timeMs }: HookLimits): string {
  switch (end.kind) {
    case 'exit':
      return `exit code ${end.code}`
    case 'signal':
      return `ended by ${end.signal}`
    case 'time-out':
      return `not done within ${timeMs / 1000} s`
    case 'not-started':
      return `cannot be started (${end.why})`
    default:
      return unreachable(end)
  }
}
