import assert from 'node:assert/strict'
import { formatDuration, parseDuration } from '../src/duration.ts'

describe('duration', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['', undefined],
    ['1', undefined],
    ['-1s', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${String(ms)}`, () => {
      assert.equal(parseDuration(text), ms)
    })
  }
  for (const [ms, text] of [
    [0, '0s'],
    [1_500, '1.5s'],
    [120_000, '2m'],
    [5_400_000, '1h30m'],
  ] as const) {
    it(`writes ${ms} ms as ${text}`, () => {
      assert.equal(formatDuration(ms), text)
    })
  }
})
