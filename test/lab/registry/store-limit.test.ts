import assert from 'node:assert/strict'
import { startLab } from '../../../src/lab/index.ts'
import { CSRS, kubeletRequest } from '../../support/lab-requests.ts'

describe('an object that is large', () => {
  for (const { title, bytes, status, message } of [
    { title: 'is stored up to etcd’s limit', bytes: 1_500_000, status: 201, message: undefined },
    { title: 'is refused above it', bytes: 1_600_000, status: 500, message: 'etcdserver: request is too large' },
  ]) {
    it(title, async () => {
      await using lab = await startLab({ approve: 'none' })
      const csr = (await kubeletRequest('big', 'n1')) as { spec: { request: string } }
      const padded = Buffer.concat([Buffer.from(csr.spec.request, 'base64'), Buffer.alloc(bytes, 'a')])
      const body = { ...csr, spec: { ...csr.spec, request: padded.toString('base64') } }
      const answer = await lab.admin('POST', CSRS, body)
      assert.equal(answer.status, status)
      assert.equal((answer.body as { message?: string }).message, message)
      // What is not written is not refused either.
      assert.equal((await lab.admin('POST', `${CSRS}?dryRun=All`, { ...body, metadata: { name: 'dry' } })).status, 201)
    })
  }
})
