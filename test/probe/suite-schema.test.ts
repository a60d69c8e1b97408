import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { load } from 'js-yaml'
import { suiteSchema } from '../../scripts/suite-schema.ts'
import { readSuiteTexts } from '../../src/probe/suites/texts.ts'

const path = fileURLToPath(new URL('../../schema/probe-suite.json', import.meta.url))

describe('the JSON Schema of suites', () => {
  it('is the one that the probe reads by', () => {
    assert.equal(readFileSync(path, 'utf8'), suiteSchema(), 'run: npm run suite-schema')
  })

  const valid = new Ajv({ strict: false }).compile(JSON.parse(suiteSchema()) as object)

  it('holds for every built-in suite', () => {
    for (const text of Object.values(readSuiteTexts())) assert.ok(valid(load(text)), JSON.stringify(valid.errors))
  })

  const whole = {
    name: 'mine',
    describe: 'A suite.',
    cases: [{ name: 'one', why: 'It is one.', as: 'bootstrap', request: { sans: [{ dns: 'a' }] }, expect: 'denied' }],
  }
  const [first] = whole.cases

  it('takes a suite with a case', () => {
    assert.ok(valid(whole), JSON.stringify(valid.errors))
  })

  for (const [title, broken] of [
    ['no cases', { ...whole, cases: [] }],
    ['a field that there is not', { ...whole, case: [] }],
    ['a case without a reason', { ...whole, cases: [{ name: 'one' }] }],
    ['a verdict that there is not', { ...whole, cases: [{ ...first, expect: 'refused' }] }],
    ['an identity that there is not', { ...whole, cases: [{ ...first, as: 'nobody' }] }],
    ['a kind of name that there is not', { ...whole, cases: [{ ...first, request: { sans: [{ dsn: 'a' }] } }] }],
    ['a key that there is not', { ...whole, cases: [{ ...first, request: { key: 'rsa-512' } }] }],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.equal(valid(broken), false)
    })
  }
})
