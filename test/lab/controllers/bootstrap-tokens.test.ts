import assert from 'node:assert/strict'
import { tokenSecret } from '../../../src/lab/bootstrap-tokens.ts'
import { detachedSignature, signedData } from '../../../src/lab/controllers/cluster-info.ts'
import { lifetimeLeftMs } from '../../../src/lab/controllers/token-secret.ts'
import { startLab, type Lab, type LabOptions } from '../../../src/lab/index.ts'
import type { KubeObject } from '../../../src/lab/storage.ts'
import { steppedClock } from '../../support/stepped-clock.ts'

const now = new Date('2026-03-01T12:00:00Z')
const CLUSTER_INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info'
const SECRETS = '/api/v1/namespaces/kube-system/secrets'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A token's Secret; `changes` are data in plain text, undefined removes. */
function secret(token: string, changes: Record<string, string | undefined> = {}, rest: object = {}): KubeObject {
  const made = tokenSecret(token, now)
  const data = { ...(made['data'] as Record<string, string>) }
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(data, key)
    else data[key] = base64(value)
  }
  return { ...made, data, ...rest }
}

describe('the signature of cluster-info', () => {
  it('is a detached JWS under the secret of the token', () => {
    // The vector of cluster-bootstrap's own test was reproduced by the code that made this one.
    assert.equal(
      detachedSignature('apiVersion: v1\nkind: Config\n', { id: 'abcdef', secret: '0123456789abcdef' }),
      'eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..vH_kT4yiol-nrAWgjfCYqvum5wsKETXe0S7OOp1VgnE',
    )
  })

  const token = 'abcdef.0123456789abcdef'
  for (const { title, object, signs } of [
    { title: 'is made for a token as kubeadm makes it', object: secret(token), signs: true },
    { title: 'is made for one that never expires', object: secret(token, { expiration: undefined }), signs: true },
    {
      title: 'is not made without usage-bootstrap-signing',
      object: secret(token, { 'usage-bootstrap-signing': 'True' }),
    },
    { title: 'is not made for an expired token', object: secret(token, { expiration: '2026-03-01T12:00:00Z' }) },
    { title: 'is not made for a date that makes no sense', object: secret(token, { expiration: 'tomorrow' }) },
    { title: 'is not made where name and token-id differ', object: secret(token, { 'token-id': 'other0' }) },
    { title: 'is not made without a secret', object: secret(token, { 'token-secret': undefined }) },
    { title: 'is not made for a Secret of another type', object: secret(token, {}, { type: 'Opaque' }) },
  ]) {
    it(title, () => {
      const data = signedData({ kubeconfig: 'k' }, [object], now)
      assert.deepEqual(Object.keys(data ?? { kubeconfig: 'k' }), [
        'kubeconfig',
        ...(signs ? ['jws-kubeconfig-abcdef'] : []),
      ])
    })
  }

  it('goes when its token has gone, and nothing else does', () => {
    const data = { kubeconfig: 'k', 'jws-kubeconfig-oldone': 'x', other: 'kept' }
    assert.deepEqual(signedData(data, [], now), { kubeconfig: 'k', other: 'kept' })
  })

  it('is left alone when it is as it should be', () => {
    const signed = signedData({ kubeconfig: 'k' }, [secret(token)], now)
    assert.ok(signed)
    assert.equal(signedData(signed, [secret(token)], now), undefined)
  })
})

describe('the lifetime of a token', () => {
  it('ends at its expiration, in any time zone', () => {
    assert.equal(
      lifetimeLeftMs(secret('abcdef.0123456789abcdef', { expiration: '2026-03-01T14:00:30+02:00' }), now),
      30_000,
    )
  })

  it('is over for a date without a time zone, which Go does not read', () => {
    assert.equal(lifetimeLeftMs(secret('abcdef.0123456789abcdef', { expiration: '2027-03-01T14:00:30' }), now), 0)
  })
})

describe('the bootstrap token controllers of a lab', () => {
  interface Answer {
    status: number
    body: { data: Record<string, string> }
  }
  const withLab = async (options: LabOptions, test: (lab: Lab) => Promise<void>): Promise<void> => {
    await using lab = await startLab(options)
    await test(lab)
  }
  /** The controllers work in turns of the event loop, never by time. */
  const until = async (settled: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 500; turn++) {
      if (await settled()) return
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.fail('it did not settle')
  }
  const signatures = async (lab: Lab): Promise<string[]> => {
    const { body } = (await lab.admin('GET', CLUSTER_INFO)) as Answer
    return Object.keys(body.data).filter((key) => key !== 'kubeconfig')
  }

  it('let anybody read where the cluster is, signed with the lab’s token', () =>
    withLab({ token: 'abcdef.0123456789abcdef' }, async (lab) => {
      await until(async () => (await signatures(lab)).length > 0)
      const { status, body } = lab.handle({ method: 'GET', path: CLUSTER_INFO, headers: {} })
      assert.equal(status, 200)
      assert.ok(body instanceof Uint8Array)
      const { data } = JSON.parse(Buffer.from(body).toString()) as Answer['body']
      const { kubeconfig = '' } = data
      assert.ok(kubeconfig.includes(`server: ${lab.url}\n`))
      assert.ok(kubeconfig.includes(`certificate-authority-data: ${base64(lab.caPem)}\n`))
      const token = { id: 'abcdef', secret: '0123456789abcdef' }
      assert.equal(data['jws-kubeconfig-abcdef'], detachedSignature(kubeconfig, token))
    }))

  it('sign anew when a token comes or goes', () =>
    withLab({ token: 'abcdef.0123456789abcdef' }, async (lab) => {
      const lasting = secret('second.0123456789abcdef', { expiration: undefined })
      assert.equal((await lab.admin('POST', SECRETS, lasting)).status, 201)
      await until(async () => (await signatures(lab)).includes('jws-kubeconfig-second'))
      await lab.admin('DELETE', `${SECRETS}/bootstrap-token-abcdef`)
      await until(async () => (await signatures(lab)).join() === 'jws-kubeconfig-second')
    }))

  it('delete a token the moment it expires, and its signature with it', () => {
    const clock = steppedClock(now)
    return withLab({ token: 'abcdef.0123456789abcdef', clock }, async (lab) => {
      await until(async () => (await signatures(lab)).length > 0)
      clock.advance(24 * 3_600_000 - 1)
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal((await lab.admin('GET', `${SECRETS}/bootstrap-token-abcdef`)).status, 200)
      clock.advance(1)
      await until(async () => (await signatures(lab)).length === 0)
      assert.equal((await lab.admin('GET', `${SECRETS}/bootstrap-token-abcdef`)).status, 404)
    })
  })
})
