import assert from 'node:assert/strict'
import type { CertificateSigningRequest } from '../../src/lab/controllers/csr.ts'
import { shouldClean } from '../../src/lab/controllers/cleaner.ts'

const now = new Date('2026-01-02T12:00:00Z')
const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString().slice(0, 19) + 'Z'

function request(created: number, type?: string): CertificateSigningRequest {
  const conditions = type === undefined ? [] : [{ type, status: 'True', lastUpdateTime: ago(created) }]
  return {
    metadata: { name: 'one', creationTimestamp: ago(created) },
    spec: { request: '', signerName: 'kubernetes.io/kube-apiserver-client-kubelet' },
    status: { conditions },
  }
}

describe('the cleaner', () => {
  for (const { title, csr, want } of [
    { title: 'keeps what has been pending for 23 hours', csr: request(23 * 60), want: false },
    { title: 'removes what has been pending for 25 hours', csr: request(25 * 60), want: true },
    { title: 'keeps what was denied 50 minutes ago', csr: request(50, 'Denied'), want: false },
    { title: 'removes what was denied 61 minutes ago', csr: request(61, 'Denied'), want: true },
    { title: 'removes what failed 61 minutes ago', csr: request(61, 'Failed'), want: true },
    { title: 'removes what was approved 25 hours ago and never issued', csr: request(25 * 60, 'Approved'), want: true },
  ]) {
    it(title, () => {
      assert.equal(shouldClean(csr, now, { approvedUnissued: true }), want)
    })
  }

  it('keeps what was approved and never issued before the generation that removes it', () => {
    assert.equal(shouldClean(request(25 * 60, 'Approved'), now, { approvedUnissued: false }), false)
  })
})
