import assert from 'node:assert/strict'
import { detachedSignature, isSignedWith } from '../../src/discovery/detached-jws.ts'

const token = { id: 'abcdef', secret: '0123456789abcdef' }
const payload = 'apiVersion: v1\nkind: Config\n'

describe('the detached signature of cluster-info', () => {
  it('is the one that the cluster’s signer makes', () => {
    assert.equal(
      detachedSignature(payload, token),
      'eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..vH_kT4yiol-nrAWgjfCYqvum5wsKETXe0S7OOp1VgnE',
    )
  })

  const jws = detachedSignature(payload, token)
  for (const { title, given, want } of [
    { title: 'holds for its payload and token', given: [token, payload, jws], want: true },
    { title: 'does not hold for another payload', given: [token, `${payload}x`, jws], want: false },
    { title: 'does not hold for another secret', given: [{ ...token, secret: '0123456789abcdeg' }, payload, jws] },
    { title: 'does not hold for another id', given: [{ ...token, id: 'abcdeg' }, payload, jws], want: false },
    { title: 'does not hold when a character is changed', given: [token, payload, `${jws.slice(0, -1)}A`] },
    { title: 'does not hold when it is cut', given: [token, payload, jws.slice(0, -1)], want: false },
    { title: 'does not hold when it is empty', given: [token, payload, ''], want: false },
    {
      title: 'does not hold without an algorithm',
      given: [token, payload, `${Buffer.from('{"alg":"none","kid":"abcdef"}').toString('base64url')}..`],
    },
  ] as { title: string; given: Parameters<typeof isSignedWith>; want?: boolean }[]) {
    it(title, () => {
      assert.equal(isSignedWith(...given), want ?? false)
    })
  }
})
