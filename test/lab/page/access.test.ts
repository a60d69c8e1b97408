import assert from 'node:assert/strict'
import { createAccess, refusalOf } from '../../../src/lab/page/access.ts'

describe('access to the lab’s page', () => {
  it('is given once for each token, and to its cookie alone', () => {
    const { newToken, redeem, knows } = createAccess('/p/')
    const token = newToken()
    assert.equal(redeem(`${token}x`), undefined)
    assert.equal(redeem(''), undefined)
    const cookie = redeem(token) ?? ''
    assert.match(cookie, /^certlet-lab=[\w-]{43}; Path=\/p\/; HttpOnly; SameSite=Strict$/)
    assert.equal(redeem(token), undefined)
    const [pair = ''] = cookie.split(';')
    assert.equal(knows(`other=1; ${pair}`), true)
    for (const wrong of ['', 'certlet-lab=', `${pair}x`, `x${pair}`, `certlet-lab=${token}`])
      assert.equal(knows(wrong), false, wrong)
    assert.notEqual(newToken(), token)
  })

  const own = { method: 'GET', host: '127.0.0.1:40000', origin: undefined, site: undefined }
  for (const { title, of, data = true, taken } of [
    { title: 'a look from no page at all', of: {}, taken: true },
    { title: 'a look from the page', of: { site: 'same-origin' }, taken: true },
    { title: 'an act of the page', of: { method: 'POST', origin: 'http://127.0.0.1:40000' }, taken: true },
    {
      title: 'an act through a tunnel to another port',
      of: { method: 'POST', host: 'localhost:8080', origin: 'http://localhost:8080' },
      taken: true,
    },
    { title: 'IPv6’s loopback', of: { host: '[::1]:40000' }, taken: true },
    { title: 'a link in a page elsewhere, to the page’s files', of: { site: 'cross-site' }, data: false, taken: true },
    { title: 'a name that was made to lead here', of: { host: 'evil.example:40000' }, taken: false },
    { title: 'the same, for the page’s files', of: { host: 'evil.example:40000' }, data: false, taken: false },
    { title: 'a name that begins like ours', of: { host: '127.0.0.1.evil.example' }, taken: false },
    { title: 'a name that ends like ours', of: { host: 'evil.localhost' }, taken: false },
    { title: 'no name', of: { host: undefined }, taken: false },
    { title: 'an act without Origin', of: { method: 'POST' }, taken: false },
    { title: 'an act of a page elsewhere', of: { method: 'PUT', origin: 'https://evil.example' }, taken: false },
    { title: 'an act of another port', of: { method: 'PUT', origin: 'http://127.0.0.1:40001' }, taken: false },
    { title: 'an act of an opaque origin', of: { method: 'DELETE', origin: 'null' }, taken: false },
    { title: 'a look of a page elsewhere', of: { origin: 'https://evil.example' }, taken: false },
    { title: 'a look that the browser calls cross-site', of: { site: 'cross-site' }, taken: false },
    { title: 'a look from another port, which is the same site', of: { site: 'same-site' }, taken: false },
  ] as const) {
    it(`${taken ? 'takes' : 'refuses'} ${title}`, () => {
      assert.equal(refusalOf({ ...own, ...of }, data) === undefined, taken)
    })
  }
})
