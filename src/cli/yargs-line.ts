import yargs, { type Argv } from 'yargs'
import { CertletError } from '../errors.ts'
import { versionLine } from '../version.ts'
import { type Command, type CommandGroup, type Flags, syntaxOf } from './command.ts'
import type { CommandLine, Progress } from './command-line.ts'
import { commands } from './commands/index.ts'
import { type Configured, configuredFlags, configPathOf, knownFlags } from './configuration.ts'
import { usageError } from './usage-error.ts'
import type { World } from './world.ts'

/** Thrown when the flags are parsed: yargs would render the command's help next, which takes longer than all before it. */
const PARSED = new Error('parsed')

/** Greatest width of help texts, columns. */
const WIDTH = 100

/** What the command line chose, as far as it came to that. */
interface Chosen {
  command?: Command
  flags?: Flags
  configured?: Configured
}

/**
 * Reads any command line.
 * @returns a text where that is asked for: help or the version.
 * @throws CertletError USAGE
 */
export async function readWithYargs(
  argv: readonly string[],
  world: World,
  progress: Progress,
): Promise<CommandLine | string> {
  const chosen: Chosen = {}
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
  const define =
    (command: Command, group = '') =>
    (builder: Argv): Argv => {
      progress.defined = { ...command, name: `${group}${command.name}` }
      builder.usage(`$0 ${group}${syntaxOf(command)} [flags]\n\n${command.describe}`).options(command.flags)
      for (const [name, options] of Object.entries(command.positionals ?? {})) builder.positional(name, options)
      for (const [line, title] of command.examples) builder.example(line, title)
      const names = Object.keys(command.flags)
      chosen.configured = configuredFlags({ names, known: knownFlags(commands) }, world.env, configPathOf(argv, world))
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
      throw error instanceof CertletError ? error : usageError((error as Error).message, progress.defined)
  }
  const { command, flags, configured } = chosen
  return command && flags && configured ? { command, flags, configured } : printed
}

/** A flag that takes one value, given twice, has the later one. */
function lastOfEach(flags: Flags, command: Command): Flags {
  const single = ([name, value]: readonly [string, unknown]): [string, unknown] =>
    Array.isArray(value) && !(command.flags[name] ?? command.positionals?.[name])?.array
      ? [name, value.at(-1)]
      : [name, value]
  return Object.fromEntries(Object.entries(flags).map(single))
}
