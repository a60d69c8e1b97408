import assert from 'node:assert/strict'
import { endpointUrl } from '../../src/discovery/endpoint.ts'

describe('the address on the command line', () => {
  for (const [text, want] of [
    ['10.0.0.1:6443', 'https://10.0.0.1:6443'],
    ['api.example:443', 'https://api.example:443'],
    ['api.example', 'https://api.example:6443'],
    ['[2001:db8::1]:6443', 'https://[2001:db8::1]:6443'],
    ['[2001:db8::1]', 'https://[2001:db8::1]:6443'],
    ['https://api.example:6443/', 'https://api.example:6443'],
  ] as const) {
    it(`${text} is ${want}`, () => {
      assert.equal(endpointUrl(text), want)
    })
  }

  for (const text of [
    '',
    'api.example:port',
    'api.example:99999',
    'http://api.example',
    'a b',
    'api/x',
    'user@api',
    '2001:db8::1',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => endpointUrl(text), { code: 'USAGE' })
    })
  }
})
