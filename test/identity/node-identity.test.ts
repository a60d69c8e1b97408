import assert from 'node:assert/strict'
import { nodeIdentity } from '../../src/identity/node-identity.ts'

describe('identity of a node', () => {
  for (const [title, hostnameOverride, osHostname, want] of [
    ['is the host name', undefined, 'n1', 'n1'],
    ['is the override before the host name', 'n2', 'n1', 'n2'],
    ['is the host name where the override is empty', '', 'n1', 'n1'],
    ['is trimmed and in lower case', undefined, ' N1.Example.COM\n', 'n1.example.com'],
  ] as const) {
    it(title, () => {
      const { nodeName, commonName, organization } = nodeIdentity({ hostnameOverride, osHostname })
      assert.deepEqual([nodeName, commonName, organization], [want, `system:node:${want}`, 'system:nodes'])
    })
  }

  for (const [title, name, message] of [
    ['nothing but white space', '  ', /it is empty/],
    ['254 characters', 'a'.repeat(254), /254 characters/],
    ['the name of a user', 'system:node:n1', /contains ":"/],
    ['a letter beyond ASCII', 'nö', /contains "ö"/],
    ['an empty label', 'n1..example', /between two labels/],
    ['a hyphen at the end of a label', 'n1-.example', /start and end/],
  ] as const) {
    it(`refuses ${title}`, () => {
      const act = (): unknown => nodeIdentity({ hostnameOverride: name, osHostname: 'n1' })
      assert.throws(act, { name: 'CertletError', code: 'NODE_NAME_INVALID', message })
    })
  }
})
