/** Suites and policies as the command line names them. */
import { readFileSync } from 'node:fs'
import { CertletError } from '../errors.ts'
import { DocumentError } from '../lab/documents/document.ts'
import { fits } from '../lab/documents/pattern.ts'
import type { Policy } from '../probe/policy.ts'
import { policies, readPolicy } from '../probe/policies/index.ts'
import { readSuite } from '../probe/read-suite.ts'
import type { Suite } from '../probe/suite.ts'
import { BUILT_IN, type BuiltIn } from '../probe/suites/names.ts'
import { readSuiteTexts } from '../probe/suites/texts.ts'

/** All built-in suites where none is named. @throws CertletError USAGE */
export function suitesNamed(names: readonly string[]): Suite[] {
  const texts = readSuiteTexts()
  const isBuiltIn = (name: string): name is BuiltIn => BUILT_IN.some((one) => one === name)
  return (names.length > 0 ? names : BUILT_IN).map((name) => {
    if (isBuiltIn(name)) return readSuite(texts[name], `${name}.yaml`)
    const doing = `Cannot use suite "${name}"`
    const text = fileText(name, doing, `built in are ${BUILT_IN.join(', ')}`, 'see `certlet probe list`')
    return understood(
      'Cannot use the suite',
      () => readSuite(text, name),
      'docs/probe.md says what may stand in a suite',
    )
  })
}

const POLICY_HINT = 'docs/probe-suites.md says what the policies expect, and how one is written'

/** @throws CertletError USAGE */
export function policyNamed(name: string): Policy {
  const builtIn = policies.find((policy) => policy.name === name)
  if (builtIn) return builtIn
  const doing = `Cannot use --approver "${name}"`
  const text = fileText(name, doing, `built in are ${policies.map((policy) => policy.name).join(', ')}`, POLICY_HINT)
  return understood('Cannot use --approver', () => readPolicy(text, name), POLICY_HINT)
}

/** Suites with the cases that are wanted, and those that these build on. @throws CertletError USAGE when none is left. */
export function chosenCases(suites: readonly Suite[], only: readonly string[], skip: readonly string[]): Suite[] {
  const chosen = suites.flatMap((suite) => {
    const wanted = new Set<string>()
    for (const one of suite.cases.toReversed()) {
      const named = (only.length === 0 || fits(only, one.name)) && !fits(skip.length === 0 ? [] : skip, one.name)
      if (!named && !wanted.has(one.name)) continue
      for (const other of [one.name, one.after, one.request?.keyOf]) if (other !== undefined) wanted.add(other)
    }
    const cases = suite.cases.filter(({ name }) => wanted.has(name))
    return cases.length === 0 ? [] : [{ ...suite, cases }]
  })
  if (chosen.length === 0) throw new CertletError('USAGE', 'No case fits --case and --skip')
  return chosen
}

/** @throws CertletError USAGE */
export function fileText(path: string, doing: string, otherwise: string, hint?: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`
    throw new CertletError('USAGE', `${doing}: ${why}; ${otherwise}`, hint === undefined ? {} : { hint })
  }
}

/** @throws CertletError USAGE for a document that is of no use. */
export function understood<T>(doing: string, read: () => T, hint?: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    throw new CertletError('USAGE', `${doing}: ${error.message}`, hint === undefined ? {} : { hint })
  }
}
