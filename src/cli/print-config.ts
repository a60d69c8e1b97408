import type { Options } from 'yargs'
import { dump } from 'js-yaml'
import type { Command, Flags } from './command.ts'
import { type Configured, variableOf } from './configuration.ts'

/** What the values of a command's flags are put together from. */
export interface Sources {
  readonly argv: readonly string[]
  readonly configured: Configured
  /** The configuration file. */
  readonly configPath: string
}

/** Flags that say nothing about what the command does. */
const SELF = ['print-config', 'config']

/**
 * The flags of a command as a configuration file that has the same effect: after each value where it comes from, flags without a value
 * as comments. Pure.
 */
export function describeConfiguration({ name, flags }: Command, values: Flags, sources: Sources): string {
  const lines = Object.entries(flags)
    .filter(([flag]) => !SELF.includes(flag))
    .map(([flag, options]) => {
      const value = values[flag]
      if (value === undefined) return `# ${flag}: not set`
      return `${dump({ [flag]: value }, { flowLevel: 1, lineWidth: -1 }).trimEnd()} # ${originOf(flag, options, sources)}`
    })
  return `# Flags of certlet ${name}, and where each value comes from\n${lines.join('\n')}\n`
}

function originOf(flag: string, { alias }: Options, { argv, configured, configPath }: Sources): string {
  if (isGiven(argv, `--${flag}`)) return `--${flag}`
  if (typeof alias === 'string' && argv.some((arg) => new RegExp(`^-${alias}(?!-)`).test(arg))) return `-${alias}`
  if (flag in configured.environment) return variableOf(flag)
  return flag in configured.file ? configPath : 'default'
}

function isGiven(argv: readonly string[], flag: string): boolean {
  return argv.some((arg) => arg === flag || arg.startsWith(`${flag}=`))
}
