import { CertletError } from '../errors.ts'
import type { LogFormat } from '../log.ts'
import type { Progress } from './command-line.ts'
import { configPathOf, DEFAULT_CONFIG, flagValue } from './configuration.ts'
import { readPlainLine } from './plain-line.ts'
import { printError } from './print-error.ts'
import type { World } from './world.ts'

export type { Command, Flags } from './command.ts'

/**
 * Runs the command line.
 * @param argv - the arguments after the program's name.
 * @returns the exit code; see docs/errors.md.
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const progress: Progress = {}
  try {
    return await readAndRun(argv, world, progress)
  } catch (error) {
    // What an abort interrupts fails with all sorts of errors; the reason of the abort is the one that counts.
    const reason: unknown = world.signal.aborted && !(error instanceof CertletError) ? world.signal.reason : error
    const exit = printError(reason, logFormatOf(argv, world), world)
    return progress.defined?.exitOnError?.(exit, argv) ?? exit
  }
}

async function readAndRun(argv: readonly string[], world: World, progress: Progress): Promise<number> {
  const line =
    readPlainLine(argv, world, progress) ??
    (await (await import('./yargs-line.ts')).readWithYargs(argv, world, progress))
  if (typeof line === 'string') {
    world.stdout.write(`${line}\n`)
    return 0
  }
  const { command, flags, configured } = line
  if (flags['print-config'] === true) {
    const { describeConfiguration } = await import('./print-config.ts')
    const configPath = configPathOf(argv, world) ?? DEFAULT_CONFIG
    world.stdout.write(describeConfiguration(command, flags, { argv, configured, configPath }))
    return 0
  }
  return command.run(flags, world, argv)
}

/** Read apart from the flags, so that a fault in the flags is told in the form that was asked for. */
function logFormatOf(argv: readonly string[], { env }: World): LogFormat {
  return (flagValue(argv, '--log-format') ?? env['CERTLET_LOG_FORMAT']) === 'json' ? 'json' : 'text'
}
