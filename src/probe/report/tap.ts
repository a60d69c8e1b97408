/** Results in the Test Anything Protocol, version 13. */
import { oneLine } from '../../one-line.ts'
import { type CaseResult, outcomeOf, type ProbeResult } from '../results.ts'

export function tap({ cases }: ProbeResult): string {
  return ['TAP version 13', `1..${cases.length}`, ...cases.flatMap((one, i) => lines(one, i + 1)), ''].join('\n')
}

function lines(one: CaseResult, number: number): string[] {
  const outcome = outcomeOf(one)
  const name = `${one.suite}: ${one.name}`
  if (outcome === 'skipped') return [`ok ${number} - ${name} # SKIP ${escaped(one.skipped ?? '')}`]
  if (outcome === 'ok') return [`ok ${number} - ${name}`]
  return [
    `not ok ${number} - ${name}`,
    '  ---',
    `  message: ${JSON.stringify(one.differences.join('; '))}`,
    `  why: ${JSON.stringify(one.why)}`,
    '  ...',
  ]
}

/** A # would begin a directive. */
const escaped = (text: string): string => oneLine(text).replaceAll('#', '\\#')
