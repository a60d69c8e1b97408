import assert from 'node:assert/strict'
import { type Fault, startLab } from '../../src/lab/index.ts'
import { send, sendAsAdmin } from '../support/lab-client.ts'
import { CSRS, csrWhen, hasCondition, isIssued, kubeletRequest } from '../support/lab-requests.ts'

describe('the lab’s own endpoint', () => {
  for (const [method, path] of [
    ['GET', '/lab/faults'],
    ['PUT', '/lab/approval'],
    ['POST', '/lab/restart'],
  ] as const) {
    it(`is closed to others: ${method} ${path}`, async () => {
      await using lab = await startLab()
      const body = method === 'GET' ? {} : { body: {} }
      const bootstrap = await send(lab, method, path, body)
      assert.equal(bootstrap.status, 403)
      assert.match(
        String(bootstrap.body['message']),
        /^forbidden: User "system:bootstrap:\w+" cannot \w+ path "\/lab\//,
      )
      assert.equal((await send(lab, method, path, { ...body, token: 'abcdef.0000000000000000' })).status, 401)
      assert.equal((await send(lab, method, path, { ...body, headers: { authorization: '' } })).status, 403)
    })
  }

  it('reads, changes and lifts the faults', async () => {
    await using lab = await startLab()
    const faults: Fault[] = [{ fault: 'status', code: 429, retryAfter: '1s', user: 'system:bootstrap:*' }]
    assert.deepEqual((await sendAsAdmin(lab, 'GET', '/lab/faults')).body, [])
    assert.deepEqual((await sendAsAdmin(lab, 'PUT', '/lab/faults', { body: faults })).body, faults)
    assert.deepEqual(lab.faults, faults)
    assert.equal((await send(lab, 'GET', CSRS)).status, 429)
    assert.deepEqual((await sendAsAdmin(lab, 'DELETE', '/lab/faults')).body, [])
    assert.equal((await send(lab, 'GET', CSRS)).status, 200)
  })

  it('takes a body without a type, as kubectl sends it', async () => {
    await using lab = await startLab()
    const options = { body: '[{"fault":"slow","delay":"1ms"}]', headers: { 'content-type': '' } }
    assert.equal((await sendAsAdmin(lab, 'PUT', '/lab/faults', options)).status, 200)
    assert.deepEqual(lab.faults, [{ fault: 'slow', delay: '1ms' }])
  })

  it('takes YAML, and tells line and field of a mistake', async () => {
    await using lab = await startLab()
    const headers = { 'content-type': 'application/yaml' }
    const good = await sendAsAdmin(lab, 'PUT', '/lab/faults', { body: '- fault: slow\n  delay: 1ms\n', headers })
    assert.equal(good.status, 200)
    const bad = await sendAsAdmin(lab, 'PUT', '/lab/faults', { body: '- fault: slow\n  delay: soon\n', headers })
    assert.equal(bad.status, 400)
    assert.match(String(bad.body['message']), /^request body, line 2, 0\.delay: this is not a duration/)
    assert.deepEqual(lab.faults, [{ fault: 'slow', delay: '1ms' }])
  })

  it('changes who approves and how is signed', async () => {
    await using lab = await startLab({ approve: 'none', sign: false })
    assert.deepEqual((await sendAsAdmin(lab, 'GET', '/lab/approval')).body, { mode: 'none', rules: [] })
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    const approval = { mode: 'deny', rules: [{ verdict: 'approve', commonName: 'system:node:n1' }] }
    assert.deepEqual((await sendAsAdmin(lab, 'PUT', '/lab/approval', { body: approval })).body, approval)
    await csrWhen(lab, 'one', hasCondition('Approved'))
    const signing = await sendAsAdmin(lab, 'PUT', '/lab/signing', { body: { fault: 'chain', duration: '1h' } })
    const all = { enabled: true, duration: '1h', delay: '0s', notBeforeOffset: '-5m', fault: 'chain' }
    assert.deepEqual(signing.body, all)
    const { status } = await csrWhen(lab, 'one', isIssued)
    const pem = Buffer.from(status.certificate ?? '', 'base64').toString()
    assert.equal(pem.match(/BEGIN CERTIFICATE/g)?.length, 2)
  })

  it('restarts the API server', async () => {
    await using lab = await startLab({ approve: 'none' })
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    const events = lab.events()
    assert.equal((await sendAsAdmin(lab, 'POST', '/lab/restart', { body: { state: 'lose' } })).status, 202)
    for await (const event of events) {
      if (event.kind === 'restarted') break
    }
    assert.equal((await lab.admin('GET', `${CSRS}/one`)).status, 404)
  })

  for (const { method, path, body, headers, want } of [
    { method: 'GET', path: '/lab/nothing', want: 404 },
    { method: 'GET', path: '/lab/toString', want: 404 },
    { method: 'POST', path: '/lab/faults', body: [], want: 405 },
    { method: 'GET', path: '/lab/restart', want: 405 },
    { method: 'PUT', path: '/lab/faults', body: '[]', headers: { 'content-type': 'text/plain' }, want: 415 },
    // What a page in a browser can send without asking first.
    { method: 'PUT', path: '/lab/faults', body: '[]', headers: { 'content-type': '', origin: 'null' }, want: 415 },
    { method: 'PUT', path: '/lab/signing', body: { fault: 'all' }, want: 400 },
    { method: 'POST', path: '/lab/restart', body: { state: 'half' }, want: 400 },
  ]) {
    const sent = [body, headers].map((part) => (part === undefined ? '' : ` ${JSON.stringify(part)}`)).join('')
    it(`answers ${method} ${path}${sent} with ${want}`, async () => {
      await using lab = await startLab()
      const options = { ...(body !== undefined && { body }), ...(headers && { headers }) }
      const reply = await sendAsAdmin(lab, method, path, options)
      assert.equal(reply.status, want)
      assert.equal(reply.body['kind'], 'Status')
    })
  }
})
