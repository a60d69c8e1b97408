import assert from 'node:assert/strict'
import { requestUsages, type Emulation } from '../../../src/csr/constants.ts'
import { readDocument } from '../../../src/lab/documents/document.ts'
import { suite } from '../../../src/probe/suite.ts'
import { BUILT_IN } from '../../../src/probe/suites/names.ts'
import { readSuiteTexts } from '../../../src/probe/suites/texts.ts'

const texts = readSuiteTexts()
const suites = BUILT_IN.map((name) => readDocument(suite, texts[name], `${name}.yaml`))

describe('the built-in suites', () => {
  for (const one of suites) {
    it(`${one.name} says of each case what it stands for and where it comes from`, () => {
      for (const { name, why, source } of one.cases) {
        assert.ok(/^[\p{Lu}\d].{15,}\.$/u.test(why), `${name}: ${why}`)
        assert.ok(source, name)
      }
    })

    it(`${one.name} names each case once, and others only after them`, () => {
      const seen = new Set<string>()
      for (const { name, after, request } of one.cases) {
        assert.ok(!seen.has(name), name)
        for (const other of [after, request?.keyOf])
          assert.ok(other === undefined || seen.has(other), `${name}: ${other ?? ''}`)
        seen.add(name)
      }
    })
  }

  it('are called as their files are', () => {
    assert.deepEqual(
      suites.map(({ name }) => name),
      [...BUILT_IN],
    )
  })

  it('generations sends the usages that each generation sends', () => {
    const generations = suites.find(({ name }) => name === 'generations')
    const cases = generations?.cases.filter(({ name }) => /^1-/.test(name)) ?? []
    assert.ok(cases.length >= 15)
    for (const { name, request } of cases) {
      const emulation = name.slice(0, 4).replace('-', '.') as Emulation
      const purpose = request?.signer === 'kubelet-serving' ? 'serving' : 'client'
      const keyType = request?.key === 'rsa-2048' ? 'rsa-2048' : 'ecdsa-p256'
      assert.deepEqual(request?.usages, requestUsages({ purpose, keyType, emulation }), name)
    }
  })
})
