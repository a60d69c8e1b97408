import assert from 'node:assert/strict'
import { requestName } from '../../src/csr/request-name.ts'

describe('name of a request', () => {
  const request = {
    spki: Buffer.from(
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==',
      'base64',
    ),
    commonName: 'system:node:node-1',
    organizations: ['system:nodes'],
    usages: ['digital signature', 'client auth'],
  }

  it('is the one that a kubelet gives to the same request', () => {
    assert.equal(requestName(request), 'node-csr-_v0uUYH0FxEZl7ih8xa2llEqEdqKgeMs3eas458m8EE')
  })

  for (const { title, change } of [
    { title: 'the key', change: { spki: request.spki.subarray(1) } },
    { title: 'the common name', change: { commonName: 'system:node:node-2' } },
    { title: 'the organizations', change: { organizations: ['system:nodes', 'more'] } },
    { title: 'the order of the usages', change: { usages: ['client auth', 'digital signature'] } },
  ]) {
    it(`changes with ${title}`, () => {
      assert.notEqual(requestName({ ...request, ...change }), requestName(request))
    })
  }
})
