import { type CertletError, type FailureCode, failures } from '../errors.ts'

/** Every check there is, in the order of the table. The names are API: docs/preflight.md. */
export const CHECKS = [
  'node-name',
  'machine-id',
  'bootstrap-file',
  'credential',
  'folders',
  'space',
  'files',
  'at-work',
  'dns',
  'tcp',
  'proxy',
  'tls',
  'clock',
  'discovery',
  'api',
  'token',
  'rights',
  'approval',
  'renewal',
  'serving',
  'signer',
  'name',
] as const
export type CheckName = (typeof CHECKS)[number]

/** Something on this machine that can be put right without asking anybody. */
export type Repair =
  | { readonly do: 'make-directory'; readonly path: string; readonly mode: number }
  | { readonly do: 'narrow-mode'; readonly path: string; readonly mode: number }

/** What a check has come to: what was seen, and what to do about it. */
export type Finding = { readonly name: CheckName; readonly seen: string; readonly repairs?: readonly Repair[] } & (
  | { readonly verdict: 'ok' | 'skipped' }
  | { readonly verdict: 'warn'; readonly fix: string }
  /** A bootstrap cannot succeed; `code` is the error that it would end with. */
  | { readonly verdict: 'fail'; readonly fix: string; readonly code: FailureCode }
)

export type Verdict = Finding['verdict']
export type Failed = Finding & { readonly verdict: 'fail' }

type Repairs = readonly Repair[]

export function ok(name: CheckName, seen: string, repairs: Repairs = []): Finding {
  return { name, verdict: 'ok', seen, ...(repairs.length > 0 && { repairs }) }
}

/** Not made, because of something else. */
export function skipped(name: CheckName, because: string): Finding {
  return { name, verdict: 'skipped', seen: because }
}

export function warn(name: CheckName, seen: string, fix: string, repairs: Repairs = []): Finding {
  return { name, verdict: 'warn', seen, fix, ...(repairs.length > 0 && { repairs }) }
}

/** @param fix - the code's own hint unless the check knows better. */
export function fail(name: CheckName, code: FailureCode, seen: string, fix: string = failures[code].hint): Failed {
  return { name, verdict: 'fail', seen, fix, code }
}

/** A check that ended in an error of ours. */
export function failedBy(name: CheckName, { code, message, hint }: CertletError): Failed {
  return fail(name, code, message, hint)
}

const WEIGHT = { ok: 0, skipped: 0, warn: 1, fail: 2 } as const satisfies Record<Verdict, number>

/** The worst of several findings; of equals the first. */
export function worstOf(findings: readonly Finding[]): Finding | undefined {
  return findings.reduce<Finding | undefined>(
    (worst, finding) => (worst && WEIGHT[worst.verdict] >= WEIGHT[finding.verdict] ? worst : finding),
    undefined,
  )
}

/** The exit code: 0 unless a check failed, else that of the first one that did, since the later ones may follow from it. Pure. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const first = worstOf(findings)
  return first?.verdict === 'fail' ? failures[first.code].exit : 0
}
