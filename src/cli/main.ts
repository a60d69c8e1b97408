import yargs, { type Argv } from 'yargs'
import { CertletError } from '../errors.ts'
import type { LogFormat } from '../log.ts'
import { versionLine } from '../version.ts'
import { type Command, type CommandGroup, flatCommands, type Flags, syntaxOf } from './command.ts'
import { commands } from './commands/index.ts'
import { type Configured, configuredFlags, DEFAULT_CONFIG } from './configuration.ts'
import { printError } from './print-error.ts'
import { usageError } from './usage-error.ts'
import type { World } from './world.ts'

export type { Command, Flags } from './command.ts'

/** Thrown when the flags are parsed: yargs would render the command's help next, which takes longer than all before it. */
const PARSED = new Error('parsed')

/** Greatest width of help texts, columns. */
const WIDTH = 100

/**
 * Runs the command line.
 * @param argv - the arguments after the program's name.
 * @returns the exit code; see docs/errors.md.
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const chosen: Chosen = {}
  try {
    return await parseAndRun(argv, world, chosen)
  } catch (error) {
    // What an abort interrupts fails with all sorts of errors; the reason of the abort is the one that counts.
    const reason: unknown = world.signal.aborted && !(error instanceof CertletError) ? world.signal.reason : error
    const exit = printError(reason, logFormatOf(argv, world), world)
    return chosen.defined?.exitOnError?.(exit, argv) ?? exit
  }
}

/** What the command line chose, as far as it came to that. */
interface Chosen {
  command?: Command
  flags?: Flags
  defined?: Command
  configured?: Configured
}

async function parseAndRun(argv: readonly string[], world: World, chosen: Chosen): Promise<number> {
  const parser = yargs()
    .scriptName('certlet')
    .usage(
      '$0 <command>\n\nThe kubelet’s certificate work, without the kubelet: a join token in, node credentials out.',
    )
    .version(versionLine(world.nodeVersion))
    .help()
    .alias('help', 'h')
    .wrap(Math.min(WIDTH, world.stdout.columns ?? WIDTH))
    .strict()
    .demandCommand(1, 'No command was given')
    .recommendCommands()
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      // One value a flag: `--san a b` would swallow an argument. Of a flag that takes one value, the last one counts.
      'greedy-arrays': false,
    })
    .exitProcess(false)
    .fail(false)
    .epilogue('Exit codes and errors: docs/errors.md')
  const known = flatCommands(commands).flatMap(({ flags }) => Object.keys(flags))
  const define =
    (command: Command, group = '') =>
    (builder: Argv): Argv => {
      chosen.defined = { ...command, name: `${group}${command.name}` }
      builder.usage(`$0 ${group}${syntaxOf(command)} [flags]\n\n${command.describe}`).options(command.flags)
      for (const [name, options] of Object.entries(command.positionals ?? {})) builder.positional(name, options)
      for (const [line, title] of command.examples) builder.example(line, title)
      const names = Object.keys(command.flags)
      chosen.configured = configuredFlags({ names, known }, world.env, configPathOf(argv, world))
      return builder.config({ ...chosen.configured.file, ...chosen.configured.environment })
    }
  const choose =
    (command: Command) =>
    (flags: Flags): void => {
      Object.assign(chosen, { command, flags: lastOfEach(flags, command) })
      throw PARSED
    }
  const add = (to: Argv, command: Command, group = ''): void => {
    to.command(syntaxOf(command), command.describe, define(command, group), choose(command))
  }
  const addGroup = ({ name, describe, own, commands: members }: CommandGroup): void => {
    const addMembers = (builder: Argv): Argv => {
      for (const command of members) add(builder, command, `${name} `)
      return builder
    }
    if (own === undefined) {
      parser.command(name, describe, (builder) => {
        builder.usage(`$0 ${name} <command>\n\n${describe}`).demandCommand(1, `Which of the ${name} commands?`)
        return addMembers(builder)
      })
      return
    }
    const next = argv[argv.indexOf(name) + 1]
    // What the name alone takes, from the configuration file as well, is nothing to the commands under it.
    const isMember = members.some((member) => member.name === next)
    parser.command(
      syntaxOf(own),
      describe,
      (builder) => addMembers(isMember ? builder : define(own)(builder)),
      choose(own),
    )
  }
  for (const entry of commands) {
    if ('commands' in entry) addGroup(entry)
    else add(parser, entry)
  }
  let printed = ''
  try {
    await parser.parseAsync([...argv], {}, (_error, _flags, output) => {
      printed = output
    })
  } catch (error) {
    if (error !== PARSED)
      throw error instanceof CertletError ? error : usageError((error as Error).message, chosen.defined)
  }
  const { command, flags, configured } = chosen
  if (command && flags && configured && flags['print-config'] === true) {
    const { describeConfiguration } = await import('./print-config.ts')
    const configPath = configPathOf(argv, world) ?? DEFAULT_CONFIG
    world.stdout.write(describeConfiguration(command, flags, { argv, configured, configPath }))
    return 0
  }
  if (command && flags) return command.run(flags, world, argv)
  world.stdout.write(`${printed}\n`) // help or version
  return 0
}

/** A flag that takes one value, given twice, has the later one. */
function lastOfEach(flags: Flags, command: Command): Flags {
  const single = ([name, value]: readonly [string, unknown]): [string, unknown] =>
    Array.isArray(value) && !(command.flags[name] ?? command.positionals?.[name])?.array
      ? [name, value.at(-1)]
      : [name, value]
  return Object.fromEntries(Object.entries(flags).map(single))
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
