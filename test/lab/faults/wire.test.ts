import assert from 'node:assert/strict'
import { type Fault, type Lab, type LabOptions, startLab } from '../../../src/lab/index.ts'
import { send, sendAsAdmin } from '../../support/lab-client.ts'
import { CSRS, kubeletRequest } from '../../support/lab-requests.ts'

async function labWith(faults: readonly Fault[], options: LabOptions = {}): Promise<Lab> {
  return startLab({ approve: 'none', faults, ...options })
}
const countOf = async (lab: Lab): Promise<number> =>
  ((await lab.admin('GET', CSRS)).body as { items: unknown[] }).items.length

describe('a fault at the wire', () => {
  for (const { code, reason } of [
    { code: 401, reason: 'Unauthorized' },
    { code: 403, reason: 'Forbidden' },
    { code: 409, reason: 'Conflict' },
    { code: 429, reason: 'TooManyRequests' },
    { code: 500, reason: 'InternalError' },
    { code: 503, reason: 'ServiceUnavailable' },
  ] as const) {
    it(`answers ${code} in the API server’s place`, async () => {
      await using lab = await labWith([
        { fault: 'status', code, retryAfter: '1500ms', message: 'on purpose', count: 1 },
      ])
      const { status, headers, body } = await send(lab, 'GET', CSRS)
      assert.equal(status, code)
      assert.equal(headers['retry-after'], '2')
      assert.deepEqual(body, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'on purpose',
        reason,
        details: { retryAfterSeconds: 2 },
        code,
      })
      assert.deepEqual(lab.requests.at(-1)?.faults, ['status'])
      assert.equal((await send(lab, 'GET', CSRS)).status, 200, 'the fault struck once')
    })
  }

  it('calls a 409 to a create AlreadyExists, and stores nothing', async () => {
    await using lab = await labWith([{ fault: 'status', code: 409, verb: 'create' }])
    const { body } = await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    assert.equal(body['reason'], 'AlreadyExists')
    assert.equal(await countOf(lab), 0)
  })

  it('answers late', async () => {
    await using lab = await labWith([{ fault: 'slow', delay: '200ms' }])
    const from = performance.now()
    assert.equal((await send(lab, 'GET', CSRS)).status, 200)
    assert.ok(performance.now() - from >= 190)
  })

  it('resets the connection before the request is carried out', async () => {
    await using lab = await labWith([{ fault: 'reset', when: 'before', verb: 'create' }])
    const body = await kubeletRequest('one', 'n1')
    await assert.rejects(send(lab, 'POST', CSRS, { body }), { code: 'ECONNRESET' })
    assert.equal(await countOf(lab), 0)
    assert.equal(lab.requests.find(({ method }) => method === 'POST')?.status, 0)
  })

  it('resets the connection after the request was carried out', async () => {
    await using lab = await labWith([{ fault: 'reset', when: 'after', verb: 'create' }])
    const body = await kubeletRequest('one', 'n1')
    await assert.rejects(send(lab, 'POST', CSRS, { body }), { code: 'ECONNRESET' })
    assert.equal(await countOf(lab), 1)
    assert.equal(lab.requests.find(({ method }) => method === 'POST')?.status, 201)
  })

  it('refuses a list with 410, and tells a watch so in its only event', async () => {
    await using lab = await labWith([{ fault: 'gone' }])
    const list = await send(lab, 'GET', CSRS)
    assert.equal(list.status, 410)
    assert.equal(list.body['reason'], 'Expired')
    const watch = await send(lab, 'GET', `${CSRS}?watch=true`)
    assert.equal(watch.status, 200)
    assert.deepEqual([watch.body['type'], (watch.body['object'] as { code: number }).code], ['ERROR', 410])
  })

  it('cuts a watch off', async () => {
    await using lab = await labWith([{ fault: 'cut', after: '50ms' }])
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    await assert.rejects(send(lab, 'GET', `${CSRS}?watch=true`), { code: 'ECONNRESET' })
  })

  it('silences a watch, which stays open', async () => {
    await using lab = await labWith([{ fault: 'silence', after: '0s' }])
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    const watch = send(lab, 'GET', `${CSRS}?watch=true&timeoutSeconds=1`)
    const pause = new Promise((resolve) => setTimeout(resolve, 1300, 'still open'))
    assert.equal(await Promise.race([watch.catch(String), pause]), 'still open')
    await lab.close()
    await assert.rejects(watch)
  })

  it('puts the Date header off', async () => {
    await using lab = await labWith([{ fault: 'date', offset: '-10m' }])
    const { headers } = await send(lab, 'GET', '/version')
    const off = (Date.now() - Date.parse(headers.date ?? '')) / 1000
    assert.ok(off >= 599 && off < 610, `it is off by ${off} s`)
  })

  for (const state of ['keep', 'lose'] as const) {
    it(`restarts the API server, with ${state === 'keep' ? 'its' : 'no'} objects`, async () => {
      await using lab = await labWith([{ fault: 'restart', state, down: '1s', verb: 'get', name: 'one', count: 1 }])
      await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
      const events = lab.events()
      await assert.rejects(send(lab, 'GET', `${CSRS}/one`), { code: 'ECONNRESET' })
      await assert.rejects(send(lab, 'GET', '/version'), { code: 'ECONNREFUSED' })
      for await (const event of events) {
        if (event.kind === 'restarted') break
      }
      assert.equal((await send(lab, 'GET', `${CSRS}/one`)).status, state === 'keep' ? 200 : 404)
    })
  }

  it('strikes nothing in process, and not the lab’s own endpoint', async () => {
    await using lab = await labWith([{ fault: 'status', code: 500 }])
    assert.equal((await lab.admin('GET', CSRS)).status, 200)
    assert.equal((await sendAsAdmin(lab, 'GET', '/lab/faults')).status, 200)
  })

  it('can be set while the lab runs', async () => {
    await using lab = await labWith([])
    assert.equal((await send(lab, 'GET', CSRS)).status, 200)
    lab.setFaults([{ fault: 'status', code: 503, user: 'system:bootstrap:*' }])
    assert.equal((await send(lab, 'GET', CSRS)).status, 503)
    assert.equal((await sendAsAdmin(lab, 'GET', CSRS)).status, 200)
    assert.throws(() => {
      lab.setFaults([{ fault: 'status', code: 200 } as unknown as Fault])
    }, /faults, 0\.code: expected/)
    lab.setFaults([])
    assert.equal((await send(lab, 'GET', CSRS)).status, 200)
  })
})

describe('a restart of the API server', () => {
  it('tells watches from before that their revision is gone, and goes on with those from now', async () => {
    await using lab = await labWith([])
    const revision = ((await lab.admin('GET', CSRS)).body as { metadata: { resourceVersion: string } }).metadata
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    await lab.restart()
    const old = await send(
      lab,
      'GET',
      `${CSRS}?watch=true&timeoutSeconds=1&resourceVersion=${revision.resourceVersion}`,
    )
    assert.match(old.text, /"code":410/)
    const now = ((await lab.admin('GET', CSRS)).body as { metadata: { resourceVersion: string } }).metadata
    assert.notEqual(now.resourceVersion, revision.resourceVersion)
    const next = await send(lab, 'GET', `${CSRS}?watch=true&timeoutSeconds=1&resourceVersion=${now.resourceVersion}`)
    assert.equal(next.text, '')
  })

  it('keeps its port, and goes on approving and signing with what was set meanwhile', async () => {
    await using lab = await startLab({ approve: 'none' })
    lab.setApproval({ rules: [{ verdict: 'deny', reason: 'Set' }] })
    await lab.restart({ state: 'lose', downMs: 10 })
    const events = lab.events()
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    for await (const event of events) {
      if (event.kind !== 'denied') continue
      assert.equal(event.reason, 'Set')
      break
    }
  })

  it('does not keep a closed lab from ending', async () => {
    const lab = await labWith([])
    const restarting = assert.rejects(lab.restart({ downMs: 60_000 }))
    await lab.close()
    await restarting
  })
})
