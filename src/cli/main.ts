import yargs, { type Argv } from 'yargs'
import { CertletError } from '../errors.ts'
import type { LogFormat } from '../log.ts'
import { version } from '../version.ts'
import { bootstrapCommand } from './commands/bootstrap.ts'
import { labCommand } from './commands/lab.ts'
import { printError } from './print-error.ts'
import type { World } from './world.ts'

/** One command: its flags are known at once, what it does is loaded when it is run. */
export interface Command {
  /** Name and positional arguments, as yargs writes them. */
  readonly command: string
  readonly describe: string
  flags(parser: Argv): Argv
  /** @returns the exit code. */
  run(flags: Record<string, unknown>, world: World): Promise<number>
}

const commands: readonly Command[] = [bootstrapCommand, labCommand]

/**
 * Runs the command line.
 * @param argv - the arguments after the program's name.
 * @returns the exit code; see docs/errors.md.
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  // Known before the flags are, so that a fault in them is told in the right form.
  const format: LogFormat = argv.some((arg, i) => arg === '--log-format=json' || (arg === 'json' && argv[i - 1] === '--log-format'))
    ? 'json'
    : 'text'
  try {
    return await parse(argv, world)
  } catch (error) {
    return printError(world.signal.aborted && !(error instanceof CertletError) ? world.signal.reason : error, format, world)
  }
}

async function parse(argv: readonly string[], world: World): Promise<number> {
  let chosen: { command: Command; flags: Record<string, unknown> } | undefined
  const parser = yargs()
    .scriptName('certlet')
    .usage('$0 <command>\n\nThe kubelet’s certificate work, without the kubelet: a join token in, node credentials out.')
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, 100))
    .strict()
    .demandCommand(1, 'Which command?')
    .recommendCommands()
    .exitProcess(false)
    .fail(false)
    .epilogue('Exit codes and errors: docs/errors.md. Every flag can stand in CERTLET_* as well (--cert-dir: CERTLET_CERT_DIR).')
  for (const command of commands) {
    parser.command(
      command.command,
      command.describe,
      (flags) => command.flags(flags),
      (flags) => {
        chosen = { command, flags }
      },
    )
  }
  let printed = ''
  try {
    await parser.parseAsync([...argv], {}, (_error, _flags, output) => {
      printed = output
    })
  } catch (error) {
    throw error instanceof CertletError ? error : new CertletError('USAGE', (error as Error).message)
  }
  if (printed !== '') {
    world.stdout.write(`${printed}\n`)
    return 0
  }
  if (!chosen) throw new CertletError('USAGE', 'No command was given')
  return chosen.command.run(chosen.flags, world)
}
