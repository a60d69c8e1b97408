import assert from 'node:assert/strict'
import { parseBootstrapToken, tokenText } from '../../src/discovery/bootstrap-token.ts'
import { randomToken } from '../../src/tokens/random-token.ts'

describe('a new bootstrap token', () => {
  it('has the form of one', () => {
    const token = randomToken()
    assert.deepEqual(parseBootstrapToken(tokenText(token)), token)
  })

  it('draws each of its characters from all 36 alike', () => {
    const asked: number[] = []
    const token = randomToken((below) => {
      asked.push(below)
      return asked.length - 1
    })
    assert.deepEqual(token, { id: 'abcdef', secret: 'ghijklmnopqrstuv' })
    assert.deepEqual(new Set(asked), new Set([36]))
  })

  it('is not made twice', () => {
    const tokens = Array.from({ length: 1000 }, () => tokenText(randomToken()))
    assert.equal(new Set(tokens).size, 1000)
  })
})
