import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
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

  it('are not forgotten while the key is there, however many keys came to nothing since', async () => {
    const keys = await Promise.all(Array.from({ length: 41 }, () => generateKeyPair('ecdsa-p256')))
    const [pair, pending, ...others] = keys.map(({ privateKeyPem }) => privateKeyPem)
    assert.ok(pair !== undefined && pending !== undefined)
    writeFileSync(folder.file('kubelet-client-2026-01-01-00-00-00.pem'), pair, { mode: 0o600 })
    writeFileSync(folder.file('kubelet-server.key.tmp'), pending, { mode: 0o600 })
    for (const key of [pair, pending, ...others.slice(0, 20)]) open('one').bind(key)
    // Now the disk is copied.
    for (const key of others.slice(20)) open('copy').bind(key)
    for (const key of [pair, pending, others[19]]) assert.ok(key !== undefined && open('copy').madeElsewhere(key))
    assert.equal(open('copy').madeElsewhere(others[0] ?? ''), false, 'it is nowhere any more')
    const lines = readFileSync(folder.file('certlet.machine'), 'utf8').trim().split('\n')
    assert.equal(lines.length, 16 + 2 + 16)
  })
})
