import type { Options } from 'yargs'
import { createLog, type Level, type Log } from '../log.ts'
import { parseDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { journalLine } from '../service/journal.ts'
import { DEFAULT_CONFIG } from './configuration.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/** Flags that every command has. */
export const commonFlags = {
  config: {
    type: 'string',
    describe: `YAML file with flags and their values (default ${DEFAULT_CONFIG} if it exists)`,
    group: 'Output:',
  },
  'log-format': {
    choices: ['text', 'json'],
    default: 'text',
    describe: 'lines for people, or one JSON object a line',
    group: 'Output:',
  },
  'log-level': {
    choices: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    describe: 'least urgent lines shown',
    group: 'Output:',
  },
} as const satisfies Record<string, Options>

/** Of commands that print a result. @param forms - besides text */
export function outputFlag(...forms: ('json' | 'yaml')[]): { readonly output: Options } {
  return {
    output: {
      alias: 'o',
      choices: ['text', ...forms],
      default: 'text',
      requiresArg: true,
      describe: 'form of the result on standard output',
      group: 'Output:',
    },
  }
}

/** Of commands whose flags come from many places; `main` answers it. */
export const printConfigFlag = {
  'print-config': {
    type: 'boolean',
    default: false,
    describe: 'show the value of each flag and where it comes from, as a configuration file; do nothing',
    group: 'Output:',
  },
} as const satisfies Record<string, Options>

/** The log that the flags ask for, on standard error. */
export function logOf(flags: Flags, { stderr, clock }: World): Log {
  const write = (line: string, level: Level): void => {
    stderr.write(stderr.isJournal ? journalLine(line, level) : line)
  }
  return createLog(write, {
    format: flags['log-format'] === 'json' ? 'json' : 'text',
    least: flags['log-level'] as 'debug' | 'info' | 'warn' | 'error',
    now: () => clock.now(),
  })
}

/** @returns milliseconds. @throws CertletError USAGE */
export function durationOf(flags: Flags, name: string): number {
  const text = textOf(flags, name)
  const ms = parseDuration(text ?? '')
  if (ms !== undefined && ms > 0) return ms
  throw new CertletError('USAGE', `--${name} "${text ?? ''}" is not a duration like 90s, 5m or 1h30m`)
}

/** Text of a flag, undefined if it is absent or empty. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Values of a flag that may be given several times, or once with commas. */
export function listOf(flags: Flags, name: string): string[] {
  const value = flags[name] as string | readonly string[] | undefined
  const values: readonly string[] = typeof value === 'string' ? [value] : (value ?? [])
  return values
    .flatMap((item) => item.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** A whole number. @throws CertletError USAGE if it is not one, or less than `least`. */
export function countOf(flags: Flags, name: string, least: number): number {
  const value = Number(flags[name])
  if (Number.isInteger(value) && value >= least) return value
  throw new CertletError('USAGE', `--${name} must be a whole number from ${least}`)
}
