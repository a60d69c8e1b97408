import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import { type Reply, send, sendAsAdmin } from '../../support/lab-client.ts'
import { steppedClock } from '../../support/stepped-clock.ts'

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts'
const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

type Json = Record<string, Record<string, unknown>>
const claimsOf = (token: string): Json =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json

describe('tokens of service accounts', () => {
  let lab: Lab
  const clock = steppedClock(new Date())
  before(async () => {
    lab = await startLab({ approve: 'none', clock })
    await sendAsAdmin(lab, 'POST', ACCOUNTS, { body: { metadata: { name: 'one' } } })
  })
  after(() => lab.close())

  const ask = (spec: object, name = 'one'): Promise<Reply> =>
    sendAsAdmin(lab, 'POST', `${ACCOUNTS}/${name}/token`, { body: { spec } })
  const tokenOf = (reply: Reply): string => (reply.body as Json)['status']?.['token'] as string
  const whoami = (token: string): Promise<Reply> => send(lab, 'POST', WHOAMI, { body: {}, token })

  it('name the account, for an hour unless told otherwise', async () => {
    const reply = await ask({})
    assert.equal(reply.status, 201)
    const token = tokenOf(reply)
    const { exp, iat, sub, 'kubernetes.io': about } = claimsOf(token) as Json & { exp: never; iat: never }
    assert.equal(sub, 'system:serviceaccount:default:one')
    assert.equal(about?.['namespace'], 'default')
    assert.equal(exp - iat, 3600)
    const user = ((await whoami(token)).body as Json)['status']?.['userInfo'] as Record<string, unknown>
    assert.equal(user['username'], 'system:serviceaccount:default:one')
    assert.deepEqual(user['groups'], [
      ...['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    ])
  })

  it('are refused for less than ten minutes, to what is bound, and for nobody', async () => {
    assert.equal((await ask({ expirationSeconds: 599 })).status, 422)
    assert.equal((await ask({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } })).status, 400)
    assert.equal((await ask({}, 'nobody')).status, 404)
  })

  it('are good for the API server alone unless they say so', async () => {
    assert.equal((await whoami(tokenOf(await ask({ audiences: ['https://elsewhere.example.com'] })))).status, 401)
  })

  it('are no good when they are forged', async () => {
    const [header = '', payload = ''] = tokenOf(await ask({})).split('.')
    const other = createHmac('sha256', 'x').update(`${header}.${payload}`).digest('base64url')
    assert.equal((await whoami(`${header}.${payload}.${other}`)).status, 401)
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    assert.equal((await whoami(`${none}.${payload}.`)).status, 401)
    assert.equal((await whoami(`${header}.${payload}`)).status, 401)
  })

  it('end with their time, and with the account', async () => {
    const short = tokenOf(await ask({ expirationSeconds: 600 }))
    const long = tokenOf(await ask({}))
    clock.advance(601_000)
    assert.equal((await whoami(short)).status, 401)
    assert.equal((await whoami(long)).status, 201)
    await sendAsAdmin(lab, 'DELETE', `${ACCOUNTS}/one`)
    await sendAsAdmin(lab, 'POST', ACCOUNTS, { body: { metadata: { name: 'one' } } })
    assert.equal((await whoami(long)).status, 401)
  })
})
