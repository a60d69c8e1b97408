import yargs, { type Argv, type Options } from 'yargs'
import { CertletError } from '../errors.ts'
import type { LogFormat } from '../log.ts'
import { version } from '../version.ts'
import { bootstrapCommand } from './commands/bootstrap.ts'
import { labCommand } from './commands/lab.ts'
import { runCommand } from './commands/run.ts'
import { configuredFlags } from './configuration.ts'
import { printError } from './print-error.ts'
import type { World } from './world.ts'

/** One command. Its flags are known at once; what it does is loaded when it is run. */
export interface Command {
  readonly name: string
  readonly describe: string
  readonly flags: Readonly<Record<string, Options>>
  /** Titled by the wish: `[command line, title]`. */
  readonly examples: readonly (readonly [string, string])[]
  /** @returns the exit code. */
  run(flags: Flags, world: World): Promise<number>
}

/** Parsed flags by their names in kebab-case. */
export type Flags = Readonly<Record<string, unknown>>

const commands: readonly Command[] = [bootstrapCommand, runCommand, labCommand]

/** Width of help texts, columns. */
const WIDTH = 100

/**
 * Runs the command line.
 * @param argv - the arguments after the program's name.
 * @returns the exit code; see docs/errors.md.
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  try {
    return await parseAndRun(argv, world)
  } catch (error) {
    // What an abort interrupts fails with all sorts of errors; the reason of the abort is the one that counts.
    const reason: unknown = world.signal.aborted && !(error instanceof CertletError) ? world.signal.reason : error
    return printError(reason, logFormatOf(argv, world), world)
  }
}

async function parseAndRun(argv: readonly string[], world: World): Promise<number> {
  const chosen: { command?: Command; flags?: Flags } = {}
  const parser = yargs()
    .scriptName('certlet')
    .usage(
      '$0 <command>\n\nThe kubelet’s certificate work, without the kubelet: a join token in, node credentials out.',
    )
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(WIDTH)
    .strict()
    .demandCommand(1, 'No command was given')
    .recommendCommands()
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'duplicate-arguments-array': false,
    })
    .exitProcess(false)
    .fail(false)
    .epilogue('Exit codes and errors: docs/errors.md')
  for (const command of commands) {
    const define = (builder: Argv): Argv => {
      builder.usage(`$0 ${command.name} [flags]\n\n${command.describe}`).options(command.flags)
      for (const [line, title] of command.examples) builder.example(line, title)
      return builder.config(configuredFlags(Object.keys(command.flags), world.env, configPathOf(argv, world)))
    }
    parser.command(command.name, command.describe, define, (flags) => {
      Object.assign(chosen, { command, flags })
    })
  }
  let printed = ''
  try {
    await parser.parseAsync([...argv], {}, (_error, _flags, output) => {
      printed = output
    })
  } catch (error) {
    throw error instanceof CertletError ? error : new CertletError('USAGE', (error as Error).message)
  }
  if (chosen.command && chosen.flags) return chosen.command.run(chosen.flags, world)
  world.stdout.write(`${printed}\n`) // help or version
  return 0
}

/** Read before the flags are parsed, since the file's values take part in that. */
function configPathOf(argv: readonly string[], { env }: World): string | undefined {
  return flagValue(argv, '--config') ?? env['CERTLET_CONFIG']
}

/** Read apart from the flags, so that a fault in the flags is told in the form that was asked for. */
function logFormatOf(argv: readonly string[], { env }: World): LogFormat {
  return (flagValue(argv, '--log-format') ?? env['CERTLET_LOG_FORMAT']) === 'json' ? 'json' : 'text'
}

function flagValue(argv: readonly string[], flag: string): string | undefined {
  const index = argv.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
  const arg = argv[index]
  return arg === undefined || arg === flag ? argv[index + 1 || argv.length] : arg.slice(flag.length + 1)
}
