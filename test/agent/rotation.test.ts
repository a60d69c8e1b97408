import assert from 'node:assert/strict'
import { drawOf, rotationTime } from '../../src/agent/rotation.ts'

describe('moment of rotation', () => {
  const validity = { notBefore: new Date(0), notAfter: new Date(1_000_000) }
  for (const [draw, want] of [
    [0, 700_000],
    [0.5, 800_000],
  ] as const) {
    it(`with a draw of ${draw} lies after ${want / 10_000} % of the lifetime`, () => {
      assert.ok(Math.abs(rotationTime(validity, draw).getTime() - want) <= 1)
    })
  }

  it('is drawn by the certificate itself: always the same one, and not the same for all', () => {
    assert.equal(drawOf('one'), drawOf('one'))
    assert.notEqual(drawOf('one'), drawOf('other'))
    for (let i = 0; i < 100; i++) assert.ok(drawOf(String(i)) >= 0 && drawOf(String(i)) < 1)
  })
})
