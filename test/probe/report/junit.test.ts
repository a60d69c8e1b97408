import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { validateXML } from 'xmllint-wasm'
import { junit } from '../../../src/probe/report/junit.ts'
import type { CaseResult, ProbeResult } from '../../../src/probe/results.ts'

const schema = {
  fileName: 'junit.xsd',
  contents: readFileSync(new URL('junit.xsd', import.meta.url), 'utf8'),
}

async function errors(contents: string): Promise<string[]> {
  const result = await validateXML({ xml: { fileName: 'probe.xml', contents }, schema })
  return result.errors.map(({ message }) => message)
}

const good: CaseResult = {
  ...{ suite: 'mine', name: 'good', why: 'It is good.', as: 'node', expected: ['issued'], found: 'issued' },
  ...{ requests: 1, ms: 12, differences: [] },
}
const cases: CaseResult[] = [
  good,
  {
    ...good,
    ...{ name: 'bad', found: 'approved', because: 'the policy' },
    // What a server says gets into the report.
    differences: ['expected denied, found approved (<b a="1">&amp; ]]> \u0000\u001b[31m \ud800 \ufffe 😀)', 'and more'],
  },
  { ...good, suite: 'other', name: 'left-out', skipped: 'nobody may "impersonate" <users>' },
]
const result: ProbeResult = {
  ...{
    server: 'https://127.0.0.1:6443',
    policy: 'none & "more"',
    run: 'abcd',
    startedAt: '2026-11-26T10:00:00.123Z',
    ms: 1234,
  },
  ...{ cases, left: [] },
}

describe('the report as JUnit XML', () => {
  it('is valid by the schema, whatever a server says', async () => {
    assert.deepEqual(await errors(junit(result)), [])
  })

  it('counts, and tells differences and what was left out', () => {
    const text = junit(result)
    assert.match(text, /<testsuites name="certlet probe" tests="3" failures="1" errors="0" skipped="1" time="1\.234">/)
    assert.match(text, /<testsuite name="mine" tests="2" failures="1" .*hostname="127\.0\.0\.1">/)
    assert.match(text, /<failure message="expected denied, found approved \(&lt;b a=/)
    assert.match(text, /<skipped message="nobody may &quot;impersonate&quot; &lt;users&gt;"\/>/)
    assert.equal(/[\u0000\u001b]/.test(text), false)
  })

  it('is valid without cases', async () => {
    assert.deepEqual(await errors(junit({ ...result, cases: [] })), [])
  })

  it('is held against a schema that refuses', async () => {
    assert.notDeepEqual(await errors(junit(result).replace(' time="1.234"', ' time="soon"')), [])
    assert.notDeepEqual(await errors(junit(result).replace('classname=', 'class=')), [])
  })
})
