import assert from 'node:assert/strict'
import fs, { chownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { removeDraftsOf, replaceFile, replaceLink, replacePassingFile } from '../../src/store/replace-file.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('replacing a file', () => {
  const folder = temporaryFolder()

  for (const umask of [0o000, 0o077]) {
    it(`gives it its mode under umask ${umask.toString(8)}`, () => {
      const before = process.umask(umask)
      try {
        replaceFile(folder.file('a'), 'new', 0o640)
      } finally {
        process.umask(before)
      }
      assert.equal(statSync(folder.file('a')).mode & 0o777, 0o640)
      assert.equal(readFileSync(folder.file('a'), 'utf8'), 'new')
    })
  }

  it('leaves drafts when it is killed, which can be removed without touching those of other files', () => {
    const draft = (name: string): string => `${name}.${crypto.randomUUID()}.draft`
    const [ours, other] = [draft('a'), draft('ab')]
    for (const name of ['a', 'a.draft', 'a.pem', ours, other]) writeFileSync(folder.file(name), '')
    assert.deepEqual(removeDraftsOf(folder.file('a')), [folder.file(ours)])
    assert.deepEqual(readdirSync(folder.path).sort(), ['a', 'a.draft', 'a.pem', other].sort())
    assert.deepEqual(removeDraftsOf(folder.file('no/such/folder')), [])
  })

  it('replaces one that need not outlast a power cut in the same way, without waiting for the disk', () => {
    symlinkSync('/nowhere', folder.file('link'))
    writeFileSync(folder.file('a'), 'old')
    const { fsyncSync } = fs
    let synced = 0
    Object.assign(fs, { fsyncSync: () => (synced += 1) })
    syncBuiltinESMExports()
    try {
      replacePassingFile(folder.file('a'), 'new', 0o600)
      assert.throws(
        () => {
          replacePassingFile(folder.file('link'), 'new', 0o600)
        },
        { code: 'DISK_FOREIGN' },
      )
    } finally {
      Object.assign(fs, { fsyncSync })
      syncBuiltinESMExports()
    }
    assert.equal(synced, 0)
    assert.equal(statSync(folder.file('a')).mode & 0o777, 0o600)
    assert.equal(readFileSync(folder.file('a'), 'utf8'), 'new')
    assert.deepEqual(readdirSync(folder.path).sort(), ['a', 'link'])
  })

  for (const { title, put, root = false } of [
    {
      title: 'a symbolic link',
      put: (path: string) => {
        symlinkSync('/nowhere', path)
      },
    },
    {
      title: 'a directory',
      put: (path: string) => {
        mkdirSync(path)
      },
    },
    {
      title: 'a file of another user',
      root: true,
      put: (path: string) => {
        writeFileSync(path, '')
        chownSync(path, 4242, 4242)
      },
    },
  ]) {
    it(`refuses ${title} in the way, and leaves no draft`, function () {
      if (root && process.getuid?.() !== 0) this.skip()
      put(folder.file('a'))
      assert.throws(
        () => {
          replaceFile(folder.file('a'), 'new', 0o600)
        },
        { name: 'CertletError', code: 'DISK_FOREIGN' },
      )
      assert.deepEqual(readdirSync(folder.path), ['a'])
    })
  }

  it('refuses a file where a link is to be switched', () => {
    writeFileSync(folder.file('a'), 'old')
    assert.throws(
      () => {
        replaceLink(folder.file('a'), '/x')
      },
      { name: 'CertletError', code: 'DISK_FOREIGN' },
    )
    assert.equal(readFileSync(folder.file('a'), 'utf8'), 'old')
  })
})
