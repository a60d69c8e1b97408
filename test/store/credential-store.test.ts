import assert from 'node:assert/strict'
import { readFileSync, readdirSync, readlinkSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { openCredentialStore, type CredentialStore } from '../../src/store/credential-store.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'

describe('credential store', () => {
  const folder = temporaryFolder()
  const now = new Date('2026-01-02T03:04:05Z')
  const open = (): CredentialStore =>
    openCredentialStore({ directory: folder.path, purpose: 'client', uid: process.getuid?.() ?? 0 })

  it('writes a dated pair of mode 0600, and an absolute link to it', async () => {
    const path = open().commit({ ...(await makePair()), now })
    assert.equal(path, folder.file('kubelet-client-2026-01-02-03-04-05.pem'))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(readlinkSync(folder.file('kubelet-client-current.pem')), path)
    assert.equal(open().readCurrent()?.broken, undefined)
  })

  it('row 11: uses the next free second for a taken name, and leaves the taken file alone', async () => {
    const store = open()
    const first = store.commit({ ...(await makePair()), now })
    const text = readFileSync(first, 'utf8')
    assert.equal(store.commit({ ...(await makePair()), now }), folder.file('kubelet-client-2026-01-02-03-04-06.pem'))
    assert.equal(readFileSync(first, 'utf8'), text)
  })

  it('changes nothing when the same pair is committed again', async () => {
    const pair = await makePair()
    assert.equal(open().commit({ ...pair, now }), open().commit({ ...pair, now: new Date(0) }))
    assert.equal(open().pairs().length, 1)
  })

  it('row 12: keeps the current pair and the newest others when it prunes', async () => {
    const store = open()
    const paths: string[] = []
    for (let n = 0; n < 4; n++) {
      const path = store.commit({ ...(await makePair()), now })
      utimesSync(path, n + 1, n + 1)
      paths.push(path)
    }
    assert.deepEqual(store.prune(1), paths.slice(0, 2))
    assert.deepEqual(store.pairs(), paths.slice(2))
  })

  for (const { title, text } of [
    { title: 'empty', text: () => '' },
    { title: 'garbage', text: () => 'garbage' },
    { title: 'truncated', text: (whole: string) => whole.slice(0, -40) },
  ]) {
    it(`calls a pair broken that is ${title}`, async () => {
      const path = open().commit({ ...(await makePair()), now })
      writeFileSync(path, text(readFileSync(path, 'utf8')))
      assert.ok(open().readCurrent()?.broken)
    })
  }

  it('calls a dangling link broken', () => {
    symlinkSync(folder.file('gone.pem'), folder.file('kubelet-client-current.pem'))
    assert.ok(open().readCurrent()?.broken)
  })

  it('finishes a switch that a kubelet had begun', async () => {
    const { certificatePem, privateKeyPem } = await makePair()
    writeFileSync(folder.file('pair.pem'), certificatePem + privateKeyPem, { mode: 0o600 })
    symlinkSync(folder.file('pair.pem'), folder.file('kubelet-client-updated.pem'))
    assert.equal(open().readCurrent()?.path, folder.file('pair.pem'))
    assert.ok(!readdirSync(folder.path).includes('kubelet-client-updated.pem'))
  })

  it('finds certificate and key in two files', async () => {
    const { certificatePem, privateKeyPem } = await makePair()
    writeFileSync(folder.file('kubelet-client.crt'), certificatePem)
    writeFileSync(folder.file('kubelet-client.key'), privateKeyPem, { mode: 0o600 })
    assert.equal(open().readCurrent()?.broken, undefined)
  })

  it('refuses a current pair that is a file', async () => {
    const pair = await makePair()
    writeFileSync(folder.file('kubelet-client-current.pem'), '')
    const store = open()
    assert.throws(() => store.commit({ ...pair, now }), { name: 'CertletError', code: 'DISK_FOREIGN' })
  })

  it('removes drafts of a process that was killed', () => {
    writeFileSync(folder.file(`kubelet-client.key.tmp.${crypto.randomUUID()}.draft`), '')
    open()
    assert.deepEqual(readdirSync(folder.path), [])
  })
})
