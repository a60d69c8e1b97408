import { closest, distance } from 'fastest-levenshtein'
import { hideTokens } from '../discovery/bootstrap-token.ts'
import { CertletError } from '../errors.ts'
import type { Command } from './command.ts'

/** A flag that is this many letters from an existing one is likely meant to be that one. */
const NEAR = 3

/**
 * What is wrong with a command line, from yargs' words for it; a flag that does not exist comes with the one that was likely meant.
 * @param words - may hold a token that was put in the wrong place; what comes of them does not.
 * @param command - whose flags were read, as far as it came to that.
 */
export function usageError(words: string, command?: Command): CertletError {
  const message = hideTokens(words)
  if (message.startsWith('Did you mean')) {
    return new CertletError('USAGE', 'There is no such command', { hint: message.replace('Did', 'did') })
  }
  const [, list] = /^Unknown arguments?: (.+)$/.exec(message) ?? []
  if (list === undefined || !command) return new CertletError('USAGE', message)
  const names = list.split(', ')
  const flags = Object.keys(command.flags)
  const unknown = names.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)).join(', ')
  const meant = names.flatMap((name) => meantFlag(name, flags) ?? [])
  return new CertletError('USAGE', `certlet ${command.name} has no flag ${unknown}`, {
    ...(meant.length > 0 && { hint: `did you mean ${meant.map((name) => `--${name}`).join(', ')}?` }),
  })
}

function meantFlag(name: string, flags: readonly string[]): string | undefined {
  const longer = flags.filter((flag) => name.length > 2 && flag.includes(name))
  if (longer.length === 1) return longer[0]
  if (flags.length === 0) return undefined
  const near = closest(name, [...flags])
  return distance(name, near) <= Math.min(NEAR, name.length - 1) ? near : undefined
}
