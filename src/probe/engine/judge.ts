/** Holds what became of a request against what was expected. */
import { fits } from '../../lab/documents/pattern.ts'
import type { Expectation } from '../expectation.ts'
import { certificateDifferences, type CertificateContext } from './judge-certificate.ts'
import type { Observation } from './observation.ts'

/** The differences, a line each; empty when all is as expected. */
export function differences(expected: Expectation, found: Observation, context: CertificateContext): string[] {
  const { verdicts, status, reason, message, certificate } = expected
  if (!verdicts.includes(found.verdict)) {
    const why = found.message === undefined || found.message === '' ? '' : ` (${found.message})`
    return [`expected ${verdicts.join(' or ')}, found ${found.verdict}${why}`]
  }
  const lines: string[] = []
  if (status !== undefined && found.verdict === 'rejected' && found.status !== status) {
    lines.push(`expected status ${status}, found ${found.status ?? 'none'}`)
  }
  // Words belong to one verdict; where several will do, they are those of the first.
  const worded = found.verdict === verdicts[0] || verdicts.length === 1
  if (worded && !fits(reason, found.reason ?? ''))
    lines.push(`expected reason ${said(reason)}, found "${found.reason ?? ''}"`)
  if (worded && !fits(message, found.message ?? '')) {
    lines.push(`expected message ${said(message)}, found "${found.message ?? ''}"`)
  }
  if (found.verdict === 'issued') {
    lines.push(...certificateDifferences(certificate ?? {}, found.certificate ?? '', context))
  }
  return lines
}

const said = (pattern: string | readonly string[] | undefined): string =>
  [pattern ?? []]
    .flat()
    .map((one) => `"${one}"`)
    .join(' or ')
