import assert from 'node:assert/strict'
import { readTokenSecret, tokenSecret } from '../../src/tokens/token-secret.ts'

const token = { id: 'abcdef', secret: '0123456789abcdef' }
const now = new Date('2026-01-01T00:00:00Z')
const terms = {
  usages: ['signing', 'authentication'],
  groups: ['system:bootstrappers:kubeadm:default-node-token'],
  description: 'rack 12',
  expires: new Date('2026-01-02T00:00:00.999Z'),
} as const

describe('the Secret of a bootstrap token', () => {
  it('is as kubeadm makes it', () => {
    const { data = {}, ...rest } = tokenSecret(token, terms)
    assert.deepEqual(rest, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
    })
    assert.deepEqual(
      Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
      {
        'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
        description: 'rack 12',
        expiration: '2026-01-02T00:00:00Z',
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        'usage-bootstrap-signing': 'true',
      },
    )
  })

  it('has no expiration when it never expires', () => {
    const { data = {} } = tokenSecret(token, { usages: ['signing'], groups: [], description: '' })
    assert.deepEqual(Object.keys(data).sort(), ['token-id', 'token-secret', 'usage-bootstrap-signing'])
  })

  it('is read as what it was made of', () => {
    const { id, token: read, state, ...rest } = readTokenSecret(tokenSecret(token, terms), now) ?? {}
    assert.equal(id, 'abcdef')
    assert.deepEqual(read, token)
    assert.deepEqual(state, { kind: 'valid' })
    assert.deepEqual(rest, { ...terms, expires: new Date('2026-01-02T00:00:00Z') })
  })

  const changed = (key: string, value: string) => {
    const secret = tokenSecret(token, terms)
    secret.data = { ...secret.data, [key]: Buffer.from(value).toString('base64') }
    return secret
  }
  for (const { title, secret, want } of [
    { title: 'expired at its very moment', secret: changed('expiration', '2026-01-01T00:00:00Z'), want: 'expired' },
    { title: 'broken with an expiration that is no date', secret: changed('expiration', 'soon'), want: 'broken' },
    { title: 'broken with a malformed group', secret: changed('auth-extra-groups', 'system:masters'), want: 'broken' },
    { title: 'broken when it names another id', secret: changed('token-id', 'ghijkl'), want: 'broken' },
    { title: 'broken when its secret is too short', secret: changed('token-secret', 'short'), want: 'broken' },
  ]) {
    it(`is ${title}`, () => {
      assert.equal(readTokenSecret(secret, now)?.state.kind, want)
    })
  }

  it('is not made of a Secret of another kind', () => {
    const secret = tokenSecret(token, terms)
    secret.type = 'Opaque'
    assert.equal(readTokenSecret(secret, now), undefined)
  })
})
