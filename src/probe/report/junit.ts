/** Results as JUnit XML, as CI systems read it: a testsuite for each suite, a testcase for each case. */
import { type CaseResult, outcomeOf, type ProbeResult } from '../results.ts'

export function junit(result: ProbeResult): string {
  const suites = [...Map.groupBy(result.cases, ({ suite }) => suite)]
  const body = suites.map(([name, cases]) => suiteElement(name, cases, result)).join('\n')
  const attributes = { name: 'certlet probe', ...counts(result.cases), time: seconds(result.ms) }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${written(attributes)}>\n${body}\n</testsuites>\n`
}

function suiteElement(name: string, cases: readonly CaseResult[], { startedAt, policy, server }: ProbeResult): string {
  const time = seconds(cases.reduce((sum, { ms = 0 }) => sum + ms, 0))
  const attributes = {
    name,
    ...counts(cases),
    time,
    timestamp: startedAt.replace(/\.\d+Z$/, ''),
    hostname: hostOf(server),
  }
  const properties = `    <properties>\n      <property${written({ name: 'policy', value: policy })}/>\n    </properties>`
  return [`  <testsuite${written(attributes)}>`, properties, ...cases.map(caseElement), '  </testsuite>'].join('\n')
}

function caseElement(one: CaseResult): string {
  const open = `    <testcase${written({ name: one.name, classname: `certlet.probe.${one.suite}`, time: seconds(one.ms ?? 0) })}`
  switch (outcomeOf(one)) {
    case 'ok':
      return `${open}/>`
    case 'skipped':
      return `${open}>\n      <skipped${written({ message: one.skipped ?? '' })}/>\n    </testcase>`
    case 'different': {
      const text = [...one.differences, one.why, ...(one.because === undefined ? [] : [one.because])].join('\n')
      const failure = `<failure${written({ message: one.differences[0] ?? '', type: 'difference' })}>${escaped(text)}</failure>`
      return `${open}>\n      ${failure}\n    </testcase>`
    }
  }
}

function counts(cases: readonly CaseResult[]): Record<string, string> {
  const number = (outcome: string): string => String(cases.filter((one) => outcomeOf(one) === outcome).length)
  return { tests: String(cases.length), failures: number('different'), errors: '0', skipped: number('skipped') }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3)

const hostOf = (server: string): string => (URL.canParse(server) ? new URL(server).hostname : server)

const written = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('')

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Characters that XML 1.0 does not have are left out. */
function escaped(text: string): string {
  const allowed = text.replace(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '',
  )
  return allowed.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
}
