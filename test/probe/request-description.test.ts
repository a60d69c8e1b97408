import assert from 'node:assert/strict'
import { readDocument } from '../../src/lab/documents/document.ts'
import { suite } from '../../src/probe/suite.ts'

describe('what a case of a suite asks for', () => {
  const read = (ip: string): unknown =>
    readDocument(
      suite,
      JSON.stringify({
        ...{ name: 'mine', describe: 'one address' },
        cases: [{ name: 'one', why: 'to see it', request: { sans: [{ ip }] } }],
      }),
      'suite.yaml',
    )

  it('names an address, or a placeholder of one', () => {
    for (const ip of ['192.0.2.1', '2001:db8::1', '${nodeIp}']) assert.ok(read(ip))
  })

  for (const ip of ['{', '192.0.2.999', 'node-1', '']) {
    it(`is refused with "${ip}" as an address, before anything is sent`, () => {
      assert.throws(() => read(ip), /suite\.yaml, line 1, cases\.0\.request\.sans\.0\.ip: this is not an IP address/)
    })
  }
})
