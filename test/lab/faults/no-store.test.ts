import assert from 'node:assert/strict'
import { startLab } from '../../../src/lab/index.ts'
import { send, sendAsAdmin } from '../../support/lab-client.ts'
import { CSRS, kubeletRequest } from '../../support/lab-requests.ts'

const TIMED_OUT =
  '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n'

describe('an API server whose store does not answer', () => {
  for (const { title, method = 'GET', path, status, says } of [
    {
      title: 'a read of current state runs out of time',
      path: `${CSRS}/one?timeout=50ms`,
      status: 504,
      says: TIMED_OUT,
    },
    { title: 'a list of current state does', path: `${CSRS}?timeout=50ms`, status: 504, says: TIMED_OUT },
    {
      title: 'a list of one past revision does',
      path: `${CSRS}?timeout=50ms&resourceVersion=5&resourceVersionMatch=Exact`,
      status: 504,
      says: TIMED_OUT,
    },
    { title: 'a deletion does', method: 'DELETE', path: '/api/v1/nodes/x?timeout=50ms', status: 504, says: TIMED_OUT },
    { title: 'any state is read from memory', path: `${CSRS}/one?resourceVersion=0`, status: 200 },
    { title: 'a list of any state is', path: `${CSRS}?resourceVersion=0`, status: 200 },
    { title: 'a watch begins', path: `${CSRS}?watch=1&timeoutSeconds=1`, status: 200 },
    { title: 'documents are served', path: '/version', status: 200 },
    {
      title: 'one health check tells why',
      path: '/readyz/etcd',
      status: 500,
      says: 'internal server error: error getting data from etcd: context deadline exceeded\n',
    },
    { title: 'other health checks are well', path: '/livez/ping', status: 200, says: 'ok' },
    {
      title: 'health without the store’s checks is well',
      path: '/readyz?exclude=etcd&exclude=etcd-readiness',
      status: 200,
      says: 'ok',
    },
    { title: 'what is no duration is told first', path: `${CSRS}?timeout=soon`, status: 400 },
  ]) {
    it(title, async () => {
      await using lab = await startLab({ approve: 'none', emulate: '1.26' })
      await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
      lab.setFaults([{ fault: 'no-store' }])
      const reply = await (path.startsWith(CSRS) ? send : sendAsAdmin)(lab, method, path)
      assert.equal(reply.status, status, reply.text)
      if (says !== undefined) assert.equal(reply.text, says)
    })
  }

  it('stores nothing, and refuses what is invalid at once', async () => {
    await using lab = await startLab({ approve: 'none' })
    lab.setFaults([{ fault: 'no-store' }])
    const invalid = await send(lab, 'POST', CSRS, { body: { metadata: { name: 'one' }, spec: {} } })
    assert.equal(invalid.status, 422)
    const valid = await send(lab, 'POST', `${CSRS}?timeout=50ms`, { body: await kubeletRequest('one', 'n1') })
    assert.deepEqual([valid.status, valid.text], [504, TIMED_OUT])
    assert.deepEqual(lab.requests.at(-1)?.faults, ['no-store'])
    lab.setFaults([])
    assert.equal((await send(lab, 'GET', `${CSRS}/one`)).status, 404)
  })
})
