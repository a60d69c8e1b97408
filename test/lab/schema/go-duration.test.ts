import assert from 'node:assert/strict'
import { parseGoDuration } from '../../../src/lab/schema/go-duration.ts'

describe('a duration as Go reads it', () => {
  for (const [text, ms] of [
    ['3s', 3000],
    ['1h2m3.5s', 3_723_500],
    ['-1.5m', -90_000],
    ['.5s', 500],
    ['250us', 0.25],
    ['0', 0],
  ] as const) {
    it(`${text} is ${ms} ms`, () => {
      assert.equal(parseGoDuration(text), ms)
    })
  }
  for (const [text, message] of [
    ['', 'time: invalid duration ""'],
    ['x', 'time: invalid duration "x"'],
    ['.s', 'time: invalid duration ".s"'],
    ['10', 'time: missing unit in duration "10"'],
    ['10x', 'time: unknown unit "x" in duration "10x"'],
  ] as const) {
    it(`${JSON.stringify(text)} is none`, () => {
      assert.throws(() => parseGoDuration(text), { name: 'RangeError', message })
    })
  }
})
