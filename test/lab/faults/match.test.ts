import assert from 'node:assert/strict'
import type { Fault } from '../../../src/lab/faults/fault.ts'
import { delayOf, strike, type Tally } from '../../../src/lab/faults/match.ts'
import { readRequestInfo } from '../../../src/lab/request.ts'

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const target = (method: string, path: string, user = 'system:bootstrap:abcdef') => ({
  method,
  info: readRequestInfo(method, path),
  user: () => user,
})
const never = (): number => assert.fail('no number is drawn')

/** How many of `requests` requests are struck, one after the other. */
function strikes(fault: Fault, requests: number, random: () => number = never): number[] {
  let tallies: readonly Tally[] = []
  return Array.from({ length: requests }, () => {
    const struck = strike([fault], tallies, target('GET', CSRS), random)
    tallies = struck.tallies
    return struck.faults.length
  })
}

describe('the choice of faults', () => {
  for (const { title, scope, want } of [
    { title: 'strikes everything without a scope', scope: {}, want: true },
    { title: 'goes by method', scope: { method: 'PUT' }, want: true },
    { title: 'spares another method', scope: { method: ['GET', 'POST'] }, want: false },
    { title: 'goes by verb', scope: { verb: 'update' }, want: true },
    { title: 'goes by path', scope: { path: '/apis/certificates.k8s.io/*' }, want: true },
    { title: 'does not look at the query', scope: { path: '*timeout*' }, want: false },
    {
      title: 'goes by resource and subresource',
      scope: { resource: 'certificatesigningrequests/approval' },
      want: true,
    },
    { title: 'spares the subresource of a resource', scope: { resource: 'certificatesigningrequests' }, want: false },
    { title: 'goes by the object’s name', scope: { name: 'on*' }, want: true },
    { title: 'goes by user', scope: { user: 'system:bootstrap:*' }, want: true },
    { title: 'spares another user', scope: { user: 'system:node:*' }, want: false },
    { title: 'wants all at once', scope: { verb: 'update', user: 'nobody' }, want: false },
  ] satisfies { title: string; scope: Partial<Fault>; want: boolean }[]) {
    it(title, () => {
      const request = target('PUT', `${CSRS}/one/approval?timeout=1s`)
      const { faults } = strike(
        [
          { ...scope, fault: 'gone' },
          { ...scope, fault: 'slow', delay: '1s' },
        ],
        [],
        request,
        never,
      )
      assert.equal(faults.length === 1, want)
    })
  }

  it('strikes by share, with a number for each request', () => {
    const numbers = [0.1, 0.5, 0.29, 0.3]
    const drawn = strikes({ fault: 'slow', delay: '1s', share: 0.3 }, 4, () => numbers.shift() ?? 1)
    assert.deepEqual(drawn, [1, 0, 1, 0])
  })

  it('spares the first, and ends after a count', () => {
    assert.deepEqual(strikes({ fault: 'slow', delay: '1s', skip: 1, count: 2 }, 5), [0, 1, 1, 0, 0])
  })

  it('goes on behind what lets the request go on, and stops at what ends it', () => {
    const list: Fault[] = [
      { fault: 'slow', delay: '1s' },
      { fault: 'date', offset: '-10m' },
      { fault: 'slow', delay: '500ms' },
      { fault: 'status', code: 503, verb: 'create' },
      { fault: 'reset', when: 'before' },
      { fault: 'status', code: 500 },
    ]
    const { faults, tallies } = strike(list, [], target('GET', CSRS), never)
    assert.deepEqual(
      faults.map(({ fault }) => fault),
      ['slow', 'date', 'slow', 'reset'],
    )
    assert.equal(delayOf(faults), 1500)
    assert.deepEqual(
      list.map((_, index) => tallies[index]?.struck ?? 0),
      [1, 1, 1, 0, 1, 0],
    )
  })

  for (const fault of [
    { fault: 'cut', after: '0s' },
    { fault: 'silence', after: '0s' },
  ] as const) {
    it(`strikes watches alone with ${fault.fault}`, () => {
      assert.equal(strike([fault], [], target('GET', CSRS), never).faults.length, 0)
      assert.equal(strike([fault], [], target('GET', `${CSRS}?watch=true`), never).faults.length, 1)
    })
  }

  it('strikes lists and watches alone with gone', () => {
    assert.equal(strike([{ fault: 'gone' }], [], target('GET', `${CSRS}/one`), never).faults.length, 0)
    assert.equal(strike([{ fault: 'gone' }], [], target('GET', CSRS), never).faults.length, 1)
  })
})
