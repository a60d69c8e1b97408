import assert from 'node:assert/strict'
import { holds, nextBundle, publishedBundle } from '../../src/kubeconfig/ca-bundle.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'
import { makePair } from '../support/pair.ts'

const now = new Date('2026-01-01T00:00:00Z')
const authority = async (made = now): Promise<string> => (await createAuthority('kubernetes', made)).certificatePem
const YEAR_MS = 365 * 24 * 3_600_000

describe('the bundle that a cluster publishes', () => {
  const check = (pem: string): string => publishedBundle(pem, 'ConfigMap kube-system/kube-root-ca.crt', now)

  it('is taken with each certificate once, without the text around them', async () => {
    const ca = await authority()
    assert.equal(check(`# kubernetes\n${ca}\n${ca}`), check(ca))
  })

  it('is refused when it is empty, is not a CA’s, or has something else among CAs', async () => {
    const { certificatePem } = await makePair()
    for (const pem of ['', 'ca.crt', certificatePem, (await authority()) + certificatePem]) {
      assert.throws(() => check(pem), { code: 'CA_UNREADABLE' })
    }
  })

  it('is refused when nothing in it is in date, not when one of several is', async () => {
    const old = await authority(new Date(now.getTime() - 20 * YEAR_MS))
    assert.throws(() => check(old), { code: 'CA_UNREADABLE' })
    assert.ok(holds(check(old + (await authority())), old))
  })
})

describe('the next bundle of a kubeconfig', () => {
  it('stays when the same is published, in whatever order', async () => {
    const [one, other] = [await authority(), await authority()]
    assert.equal(nextBundle(one + other, other + one).do, 'keep')
  })

  it('has old and new first, and the new alone only from there', async () => {
    const [old, fresh] = [await authority(), await authority()]
    const wide = nextBundle(old, fresh)
    assert.ok(wide.do === 'widen' && holds(wide.caPem, old) && holds(wide.caPem, fresh))
    const narrow = nextBundle(wide.caPem, fresh)
    assert.ok(narrow.do === 'narrow' && !holds(narrow.caPem, old))
    assert.equal(nextBundle(narrow.caPem, fresh).do, 'keep')
  })
})
