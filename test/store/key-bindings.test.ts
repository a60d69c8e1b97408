import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { openKeyBindings } from '../../src/store/key-bindings.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('key bindings', () => {
  const folder = temporaryFolder()
  const open = (machine: string | undefined): ReturnType<typeof openKeyBindings> =>
    openKeyBindings({ directory: folder.path, uid: process.getuid?.() ?? 0, machine })

  it('tell a key of another machine from ours, and from one that nothing is known about', async () => {
    const [ours, unknown] = await Promise.all([generateKeyPair('ecdsa-p256'), generateKeyPair('ecdsa-p256')])
    open('one').bind(ours.privateKeyPem)
    assert.equal(open('one').madeElsewhere(ours.privateKeyPem), false)
    assert.equal(open('other').madeElsewhere(ours.privateKeyPem), true)
    assert.equal(open('other').madeElsewhere(unknown.privateKeyPem), false)
    assert.equal(open(undefined).madeElsewhere(ours.privateKeyPem), false)
    assert.equal(open('one').madeElsewhere('no key'), false)
    assert.equal(statSync(folder.file('certlet.machine')).mode & 0o777, 0o600)
  })
})
