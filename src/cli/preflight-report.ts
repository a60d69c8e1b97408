import { type Finding, type Verdict, worstOf } from '../preflight/finding.ts'
import { wrapped } from './columns.ts'
import type { Paint, Tone } from './paint.ts'
import { printable } from './printable.ts'

const TONES = { ok: 'good', warn: 'warning', fail: 'bad', skipped: 'faint' } as const satisfies Record<Verdict, Tone>

/**
 * The findings as a table for people, then in one sentence what they come to.
 * @param width - of the terminal; undefined: nothing is wrapped, so that each finding and each fix is a line.
 */
export function describeFindings(
  findings: readonly Finding[],
  { paint, width }: { readonly paint: Paint; readonly width: number | undefined },
): string {
  const verdicts = 'skipped'.length + 2
  const names = Math.max(...findings.map(({ name }) => name.length)) + 2
  const indent = ' '.repeat(verdicts + names)
  const rows = findings.map((finding) => {
    const { verdict, name, seen } = finding
    const texts = [seen, ...('fix' in finding ? [`fix: ${finding.fix}`] : [])]
    const lines = texts.flatMap((text) => wrapped(printable(text), width && width - indent.length))
    return `${paint(TONES[verdict], verdict.padEnd(verdicts))}${name.padEnd(names)}${lines.join(`\n${indent}`)}\n`
  })
  return `${rows.join('')}\n${summary(findings)}\n`
}

/** The findings for programs. Its fields are API: docs/preflight.md. */
export function findingsAsJson(
  findings: readonly Finding[],
  { node, fixed }: { readonly node: string; readonly fixed: readonly string[] },
): object {
  return {
    node,
    verdict: worstVerdict(findings),
    checks: findings.map((finding) => ({
      name: finding.name,
      verdict: finding.verdict,
      seen: finding.seen,
      fix: 'fix' in finding ? finding.fix : null,
      code: 'code' in finding ? finding.code : null,
    })),
    fixed,
  }
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length
  switch (worstVerdict(findings)) {
    case 'fail':
      return `${count('fail')} failed: a bootstrap would not succeed.`
    case 'warn':
      return `Nothing stands in the way; ${count('warn')} to look at.`
    default:
      return 'Nothing stands in the way.'
  }
}

function worstVerdict(findings: readonly Finding[]): Verdict {
  const verdict = worstOf(findings)?.verdict ?? 'ok'
  return verdict === 'skipped' ? 'ok' : verdict
}
