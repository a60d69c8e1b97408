import assert from 'node:assert/strict'
import { limitInFlight } from '../../src/lab/in-flight.ts'
import { readRequestInfo } from '../../src/lab/request.ts'

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const alice = { name: 'alice', groups: ['devs'] }
const admin = { name: 'admin', groups: ['system:masters'] }

describe('requests in flight', () => {
  for (const { title, first, second, user = alice, let: lets } of [
    { title: 'a second read has to wait', first: ['GET', CSRS], second: ['GET', `${CSRS}/x`], let: false },
    { title: 'a second change has to wait', first: ['POST', CSRS], second: ['DELETE', `${CSRS}/x`], let: false },
    { title: 'reads and changes are counted apart', first: ['GET', CSRS], second: ['POST', CSRS], let: true },
    {
      title: 'paths that are no resources count as well',
      first: ['GET', CSRS],
      second: ['GET', '/version'],
      let: false,
    },
    { title: 'a watch is not counted', first: ['GET', CSRS], second: ['GET', `${CSRS}?watch=true`], let: true },
    { title: 'a watch takes no place', first: ['GET', `${CSRS}?watch=1`], second: ['GET', CSRS], let: true },
    { title: 'administrators get in', first: ['GET', CSRS], second: ['GET', CSRS], user: admin, let: true },
  ] as const) {
    it(title, () => {
      const inFlight = limitInFlight({ reading: 1, mutating: 1 })
      assert.ok(inFlight)
      assert.ok(inFlight.enter(readRequestInfo(...(first as [string, string])), alice))
      assert.equal(inFlight.enter(readRequestInfo(...(second as [string, string])), user) !== undefined, lets)
    })
  }

  it('a place that is given back is free again, and 0 stands for any number', () => {
    const inFlight = limitInFlight({ reading: 1, mutating: 0 })
    const read = readRequestInfo('GET', CSRS)
    assert.ok(inFlight)
    inFlight.enter(read, alice)?.()
    assert.ok(inFlight.enter(read, alice))
    assert.equal(inFlight.enter(read, alice), undefined)
    for (let i = 0; i < 3; i++) assert.ok(inFlight.enter(readRequestInfo('POST', CSRS), alice))
    assert.equal(limitInFlight({ reading: 0, mutating: undefined }), undefined)
  })
})
