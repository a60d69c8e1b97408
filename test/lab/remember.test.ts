import assert from 'node:assert/strict'
import { remember } from '../../src/lab/remember.ts'

describe('a function that remembers', () => {
  const counted = (most: number): { ask: (key: string) => string; made: string[] } => {
    const made: string[] = []
    const ask = remember((key: string) => {
      made.push(key)
      return `${key}!`
    }, most)
    return { ask, made }
  }

  it('makes a result once while it is asked for', () => {
    const { ask, made } = counted(4)
    for (let i = 0; i < 50; i++) {
      assert.equal(ask('a'), 'a!')
      ask(`other-${i % 2}`)
    }
    assert.deepEqual(made, ['a', 'other-0', 'other-1'])
  })

  it('keeps half as many as it may, at least', () => {
    const { ask, made } = counted(10)
    for (let i = 0; i < 100; i++) {
      ask(String(i))
      for (let back = Math.max(0, i - 4); back <= i; back++) assert.equal(ask(String(back)), `${back}!`)
    }
    assert.equal(made.length, 100)
  })

  it('forgets what was not asked for during as many others as it may keep', () => {
    const { ask, made } = counted(4)
    ask('a')
    for (const other of ['b', 'c', 'd', 'e']) ask(other)
    ask('a')
    assert.deepEqual(made, ['a', 'b', 'c', 'd', 'e', 'a'])
  })
})
