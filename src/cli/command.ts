import type { Options, PositionalOptions } from 'yargs'
import type { World } from './world.ts'

/** Parsed flags by their names in kebab-case, positional arguments among them. */
export type Flags = Readonly<Record<string, unknown>>

/** One command. Its flags are known at once; what it does is loaded when it is run. */
export interface Command {
  readonly name: string
  /** One sentence. */
  readonly describe: string
  /** Arguments by position, in order: `<needed>`, `[optional]`, `[several..]`, without the brackets. */
  readonly positionals?: Readonly<Record<string, PositionalOptions & { readonly describe: string }>>
  readonly flags: Readonly<Record<string, Options>>
  /** Titled by the wish: `[command line, title]`. */
  readonly examples: readonly (readonly [string, string])[]
  /**
   * The exit code of an error, faults of the flags included, where callers go by codes of another kind.
   * @param exit - the error's own.
   */
  exitOnError?(exit: number, argv: readonly string[]): number
  /**
   * @param argv - the command line as it was given, for what depends on where a value stands.
   * @returns the exit code.
   */
  run(flags: Flags, world: World, argv: readonly string[]): Promise<number>
}

/** Commands under one name: `certlet token create`. */
export interface CommandGroup {
  readonly name: string
  readonly describe: string
  /** What the name alone does, if anything: `certlet fleet` beside `certlet fleet compare`. Its own name is the group's. */
  readonly own?: Command
  readonly commands: readonly Command[]
}

/** All commands of a list, those in groups with their whole names: `token create`. */
export function flatCommands(entries: readonly (Command | CommandGroup)[]): Command[] {
  return entries.flatMap((entry) =>
    'commands' in entry
      ? [
          ...(entry.own ? [entry.own] : []),
          ...entry.commands.map((command) => ({ ...command, name: `${entry.name} ${command.name}` })),
        ]
      : [entry],
  )
}

/** A command with its arguments: `join [endpoint]`. */
export function syntaxOf({ name, positionals = {} }: Command): string {
  const args = Object.entries(positionals).map(([arg, { demandOption, array }]) => {
    const word = array ? `${arg}..` : arg
    return demandOption ? `<${word}>` : `[${word}]`
  })
  return [name, ...args].join(' ')
}
