import type { Options } from 'yargs'
import type { Command, Flags } from './command.ts'
import type { CommandLine, Progress } from './command-line.ts'
import { commands } from './commands/index.ts'
import { configuredFlags, configPathOf, knownFlags } from './configuration.ts'
import type { World } from './world.ts'

/**
 * Reads a command line in its plainest form, as units and scripts have it: a command, and flags of it by their whole names with a proper
 * value each. Loading yargs and asking it takes a tenth of a bootstrap; here is only what it would make the same of, held to it by a test.
 * @returns undefined where yargs has to be asked: for all else, and above all for whatever may be wrong.
 * @throws CertletError USAGE as configuredFlags.
 */
export function readPlainLine(argv: readonly string[], world: World, progress: Progress): CommandLine | undefined {
  const [name, ...words] = argv
  const command = commands.find((entry) => entry.name === name)
  if (!command || 'commands' in command || command.positionals) return undefined
  const given = givenFlags(command, words)
  if (!given) return undefined
  progress.defined = command
  const names = Object.keys(command.flags)
  const configured = configuredFlags({ names, known: knownFlags(commands) }, world.env, configPathOf(argv, world))
  const values = Object.entries({ ...configured.file, ...configured.environment })
  if (!values.every(([flag, value]) => !command.flags[flag]?.array && isPlain(command.flags[flag], value)))
    return undefined
  return { command, flags: { ...defaultsOf(command), ...Object.fromEntries(values), ...given }, configured }
}

function defaultsOf({ flags }: Command): Flags {
  const withDefault = Object.entries(flags).filter(([, options]) => options.default !== undefined)
  return Object.fromEntries(withDefault.map(([flag, options]) => [flag, options.default as unknown]))
}

/** Of a flag that takes one value, the last one counts. */
function givenFlags({ flags }: Command, words: readonly string[]): Flags | undefined {
  const given: Record<string, unknown> = {}
  for (let at = 0; at < words.length; at++) {
    const [, flag = '', joined] = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? []
    const options = flags[flag]
    if (!options) return undefined
    if (options.type === 'boolean') {
      if (joined !== undefined) return undefined
      given[flag] = true
    } else {
      const value = joined ?? words[++at]
      if (!isPlain(options, value)) return undefined
      given[flag] = options.array ? [...((given[flag] as string[] | undefined) ?? []), value] : value
    }
  }
  return given
}

/** Whether a value is one that yargs leaves as it is. It takes quotes off, and makes numbers of what looks like one. */
function isPlain(options: Options | undefined, value: unknown): boolean {
  if (!options || options.coerce) return false
  if (options.type === 'boolean') return typeof value === 'boolean'
  if (typeof value !== 'string' || !/^[^-"']/.test(value)) return false
  return options.choices ? options.choices.includes(value) : options.type === 'string'
}
