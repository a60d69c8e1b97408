import assert from 'node:assert/strict'
import { authenticateBootstrapToken } from '../../../src/lab/authentication/bootstrap-token.ts'
import type { KubeObject } from '../../../src/lab/storage.ts'

const TOKEN = 'abcdef.0123456789abcdef'
const NOW = new Date('2026-01-01T00:00:00Z')

const secret = (data: Record<string, string> = {}): KubeObject => ({
  metadata: { name: 'bootstrap-token-abcdef' },
  type: 'bootstrap.kubernetes.io/token',
  data: Object.fromEntries(
    Object.entries({
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      ...data,
    }).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
})

describe('a bootstrap token', () => {
  it('is looked up in the Secret that is there now, not in one that was read before', () => {
    let stored: KubeObject | undefined = secret()
    const user = (): unknown => authenticateBootstrapToken(TOKEN, () => stored, NOW)
    const groups = ['system:bootstrappers']
    assert.deepEqual(user(), { name: 'system:bootstrap:abcdef', groups })
    assert.deepEqual(user(), { name: 'system:bootstrap:abcdef', groups })

    stored = secret({ 'auth-extra-groups': 'system:bootstrappers:workers' })
    const more = ['system:bootstrappers', 'system:bootstrappers:workers']
    assert.deepEqual(user(), { name: 'system:bootstrap:abcdef', groups: more })

    stored = secret({ 'token-secret': 'fedcba9876543210' })
    assert.equal(user(), undefined)
    assert.equal(user(), undefined)

    stored = secret({ 'usage-bootstrap-authentication': 'false' })
    assert.equal(user(), undefined)

    stored = undefined
    assert.equal(user(), undefined)

    stored = secret()
    assert.deepEqual(user(), { name: 'system:bootstrap:abcdef', groups })
  })

  it('expires by the clock though its Secret was read before', () => {
    const stored = secret({ expiration: '2026-01-01T00:00:01Z' })
    const at = (now: string): unknown => authenticateBootstrapToken(TOKEN, () => stored, new Date(now))
    assert.notEqual(at('2026-01-01T00:00:00Z'), undefined)
    assert.equal(at('2026-01-01T00:00:01Z'), undefined)
    assert.notEqual(at('2026-01-01T00:00:00Z'), undefined)
  })

  it('is decoded out of a Secret once', () => {
    let reads = 0
    const { data, ...rest } = secret()
    const stored = {
      ...rest,
      get data() {
        reads++
        return data
      },
    } as KubeObject
    for (let i = 0; i < 3; i++)
      assert.notEqual(
        authenticateBootstrapToken(TOKEN, () => stored, NOW),
        undefined,
      )
    assert.equal(reads, 1)
  })
})
