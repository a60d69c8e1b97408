import assert from 'node:assert/strict'
import { parseMargin, renewalTime } from '../../src/inventory/margin.ts'

describe('the margin before an expiry', () => {
  for (const [text, want] of [
    ['7d', { ms: 604_800_000 }],
    ['1d12h', { ms: 129_600_000 }],
    ['36h', { ms: 129_600_000 }],
    ['25%', { share: 0.25 }],
    ['100%', { share: 1 }],
    ['', undefined],
    ['7', undefined],
    ['d', undefined],
    ['-1d', undefined],
    ['101%', undefined],
    ['1h7d', undefined],
  ] as const)
    it(`of "${text}" is ${JSON.stringify(want)}`, () => {
      assert.deepEqual(parseMargin(text), want)
    })

  it('gives the moment of renewal', () => {
    const validity = { notBefore: new Date(0), notAfter: new Date(1000) }
    assert.equal(renewalTime(validity, { ms: 100 }).getTime(), 900)
    assert.equal(renewalTime(validity, { share: 0.25 }).getTime(), 750)
  })
})
