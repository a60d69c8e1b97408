import assert from 'node:assert/strict'
import { bootstrapTokenId, tokenProblem } from '../../src/kubeconfig/token.ts'

describe('form of a token', () => {
  for (const token of [
    'abcdef.0123456789abcdef',
    `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`,
    'x'.repeat(32),
  ]) {
    it(`is accepted with ${token.length} characters`, () => {
      assert.equal(tokenProblem(token), undefined)
    })
  }
  for (const token of [
    'abcdef.0123456789abcde',
    'ABCDEF.0123456789abcdef',
    'abcdef 0123456789abcdef',
    'abcdef.0123456789abcdef\n',
  ]) {
    it(`is refused without being quoted: ${JSON.stringify(token)}`, () => {
      const problem = tokenProblem(token)
      assert.ok(problem !== undefined && !problem.includes(token.trim()))
    })
  }
  it('tells the id of bootstrap tokens only', () => {
    assert.equal(bootstrapTokenId('abcdef.0123456789abcdef'), 'abcdef')
    assert.equal(bootstrapTokenId('x'.repeat(32)), undefined)
  })
})
