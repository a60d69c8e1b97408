import { CertletError } from '../errors.ts'
import { type Margin, parseMargin } from '../inventory/margin.ts'
import { checkExitCode, monitoringVerdict, type Standing } from '../status/standing.ts'
import { tableLines } from './columns.ts'
import type { Flags } from './command.ts'
import { textOf } from './common-flags.ts'
import { printable } from './printable.ts'
import type { World } from './world.ts'

/** Of --expires-within. @throws CertletError USAGE */
export function marginOf(flags: Flags): Margin | undefined {
  const text = textOf(flags, 'expires-within')
  if (text === undefined) return undefined
  const margin = parseMargin(text)
  if (margin) return margin
  throw new CertletError('USAGE', `--expires-within "${text}" is neither a duration like 7d or 36h nor a part like 25%`)
}

/** Answers --check and --monitoring. @returns the exit code; undefined if neither was asked for. @throws CertletError USAGE */
export function answerOf(flags: Flags, standings: readonly Standing[], { stdout, clock }: World): number | undefined {
  if (flags['monitoring'] === true) {
    const { code, word } = monitoringVerdict(standings)
    stdout.write(`CERTLET ${word} - ${monitoringLine(standings, clock.now())}\n`)
    return code
  }
  if (flags['check'] !== true) return undefined
  const rows = standings.map(({ name, state, why }) => [printable(name), WORDS[state], printable(why)])
  stdout.write(
    tableLines(rows)
      .map((line) => `${line}\n`)
      .join(''),
  )
  return checkExitCode(standings)
}

const WORDS = {
  fine: 'fine',
  due: 'renew',
  unusable: 'renew: it cannot be used',
  missing: 'missing',
  unknown: 'cannot be looked at',
} as const satisfies Record<Standing['state'], string>

/** What counts, worst first, and how long the one that ends first is good. `|` would end the text. */
function monitoringLine(standings: readonly Standing[], now: Date): string {
  const odd = standings.filter(({ state }) => state !== 'fine')
  const text = odd
    .map(({ name, state, why }) => `${name}: ${state === 'due' ? 'to be renewed, ' : ''}${why}`)
    .join('; ')
  const ends = standings.flatMap(({ notAfter }) => (notAfter ? [notAfter.getTime()] : []))
  const left = Math.floor((Math.min(...ends) - now.getTime()) / 1000)
  const fine = `${standings.length} of ${standings.length} fine`
  return `${printable(text === '' ? fine : text).replaceAll('|', '/')}${ends.length > 0 ? ` | seconds_left=${left}s` : ''}`
}
