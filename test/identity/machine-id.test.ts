import assert from 'node:assert/strict'
import { machineIdentity } from '../../src/identity/machine-id.ts'

describe('identity of the machine', () => {
  const id = '0123456789abcdef0123456789abcdef'

  it('is a version 4 UUID derived from the machine-id, which it does not show', () => {
    const identity = machineIdentity(`${id}\n`)
    assert.match(identity ?? '', /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    assert.equal(machineIdentity(id), identity)
    assert.notEqual(machineIdentity('f'.repeat(32)), identity)
    assert.notEqual(identity, id)
  })

  for (const text of [undefined, '', 'uninitialized\n', '0'.repeat(32), 'short']) {
    it(`is none for ${JSON.stringify(text)}`, () => {
      assert.equal(machineIdentity(text), undefined)
    })
  }
})
