import assert from 'node:assert/strict'
import { readVerdict } from '../../src/csr/verdict.ts'

describe('verdict of a certificate signing request', () => {
  const [approved, denied, failed] = ['Approved', 'Denied', 'Failed'].map((type) => ({
    type,
    reason: 'R',
    message: 'M',
  }))
  assert.ok(approved && denied && failed)
  for (const { title, conditions, certificate, want } of [
    { title: 'is pending while nobody has spoken', conditions: [], want: 'pending' },
    { title: 'ignores a certificate that nobody approved', conditions: [], certificate: 'x', want: 'pending' },
    { title: 'is approved until there is a certificate', conditions: [approved], want: 'approved' },
    { title: 'is issued with approval and certificate', conditions: [approved], certificate: 'x', want: 'issued' },
    { title: 'is denied even with a certificate', conditions: [approved, denied], certificate: 'x', want: 'denied' },
    { title: 'is failed even when approved', conditions: [approved, failed], certificate: 'x', want: 'failed' },
  ]) {
    it(title, () => {
      assert.equal(readVerdict({ conditions, ...(certificate !== undefined && { certificate }) }).kind, want)
    })
  }
})
