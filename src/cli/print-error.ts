import { CertletError, failures } from '../errors.ts'
import type { LogFormat } from '../log.ts'
import { journalLine } from '../service/journal.ts'
import { printable } from './printable.ts'
import type { World } from './world.ts'

/**
 * Says why a command ends: an `error:` line and a `hint:` line, or one JSON object.
 * @returns the exit code.
 */
export function printError(error: unknown, format: LogFormat, { stderr, clock }: World): number {
  const named = error instanceof CertletError ? error : unexpected(error)
  const { code, message, hint } = named
  const write = (line: string): void => {
    stderr.write(stderr.isJournal ? journalLine(line, 'error') : line)
  }
  if (format === 'json') {
    const time = clock.now().toISOString()
    write(JSON.stringify({ time, level: 'error', msg: message, code, hint }) + '\n')
  } else {
    write(`error: ${printableLines(message)}\n`)
    write(`hint: ${printable(hint)}\n`)
  }
  return failures[code].exit
}

/** A message may have further lines, each of them indented: the causes of a 422. */
function printableLines(message: string): string {
  return message
    .split(/\n(?=  )/)
    .map(printable)
    .join('\n')
}

/** The name and the place of a defect; not its message, which could hold anything. */
function unexpected(error: unknown): CertletError {
  if (!(error instanceof Error)) return new CertletError('INTERNAL', 'Something was thrown that is not an error')
  const place = /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] ?? 'an unknown place'
  return new CertletError('INTERNAL', `Unexpected ${error.name} at ${place}`)
}
