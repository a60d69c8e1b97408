import assert from 'node:assert/strict'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AgentReport } from '../../src/agent/report.ts'
import { createLog } from '../../src/log.ts'
import { copies } from '../../src/service/copies.ts'
import { copyTarget, type CopyTarget } from '../../src/service/copy-target.ts'
import type { Pair } from '../../src/store/pair.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'
import { agentReport, credentialReport } from '../support/report.ts'

const accounts = {
  passwd: () => 'root:x:0:0::/:/bin/sh\nweb:x:4242:4243::/:/bin/false\n',
  group: () => 'root:x:0:\nweb:x:4244:a,b\n',
}
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

describe('--copy', () => {
  for (const [text, want] of [
    [
      'client=/a/b.pem:web:web:0640',
      { purpose: 'client', path: '/a/b.pem', owner: { uid: 4242, gid: 4244 }, mode: 0o640, split: false },
    ],
    [
      'serving=/a/b:7:8:400:split',
      { purpose: 'serving', path: '/a/b', owner: { uid: 7, gid: 8 }, mode: 0o400, split: true },
    ],
    ['client=/a:::0600', { purpose: 'client', path: '/a', owner: { uid: 1, gid: 2 }, mode: 0o600, split: false }],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(copyTarget(text, { uid: 1, gid: 2 }, accounts), want)
    })
  }
  for (const [text, why] of [
    ['client=/a', /is not a purpose/],
    ['server=/a:0:0:0600', /is not a purpose/],
    ['client=a:0:0:0600', /is not a purpose/],
    ['client=/a/:0:0:0600', /is not a purpose/],
    ['client=/a:0:0:0680', /is not a purpose/],
    ['client=/a:0:0:4600', /is not a purpose/],
    ['client=/a:nobody-here:0:0600', /no user "nobody-here"/],
    ['client=/a:0:nobody-here:0600', /no group "nobody-here"/],
    ['client=/a:0:0:0644', /every user read the private key/],
  ] as const) {
    it(`refuses ${text}`, () => {
      assert.throws(() => copyTarget(text, self, accounts), { code: 'USAGE', message: why })
    })
  }
})

describe('copies of the pair', () => {
  const folder = temporaryFolder()
  let pair: Pair
  let next: Pair
  before(async () => {
    pair = await makePair()
    next = await makePair()
  })

  function setUp(...targets: (Partial<CopyTarget> & { path: string })[]) {
    const lines: string[] = []
    const state = { current: pair }
    const log = createLog((line) => lines.push(line), { format: 'text', least: 'info', now: () => new Date(0) })
    const all = targets.map((target) => ({
      purpose: 'client' as const,
      owner: self,
      mode: 0o600,
      split: false,
      ...target,
    }))
    const readCurrent = () => ({ ...state.current, path: '/pki/current' })
    return { state, lines, observer: copies(all, { readCurrent, log }) }
  }
  function report(serial: string, ready = true): AgentReport {
    const { certificate } = credentialReport()
    assert.ok(certificate)
    return agentReport({ client: credentialReport({ ready, certificate: { ...certificate, serial } }) })
  }

  it('are made at the start when missing, and once', () => {
    const path = folder.file('copy.pem')
    const { observer, lines } = setUp({ path })
    observer.changed(report('1'))
    observer.changed(report('1'))
    assert.equal(readFileSync(path, 'utf8'), pair.certificatePem + pair.privateKeyPem)
    assert.equal(statSync(path).mode & 0o7777, 0o600)
    assert.equal(lines.length, 1)
  })

  it('follow each rotation before anybody is told of it', () => {
    const path = folder.file('copy.pem')
    const { observer, state } = setUp({ path })
    observer.changed(report('1'))
    state.current = next
    const { certificate } = report('2').client
    assert.ok(certificate)
    observer.happened({ kind: 'rotated', purpose: 'client', currentPath: '/c', pairPath: '/p', certificate })
    assert.equal(readFileSync(path, 'utf8'), next.certificatePem + next.privateKeyPem)
  })

  it('are separate files where wanted', () => {
    const { observer } = setUp({ path: folder.file('tls'), split: true })
    observer.changed(report('1'))
    assert.equal(readFileSync(folder.file('tls.crt'), 'utf8'), pair.certificatePem)
    assert.equal(readFileSync(folder.file('tls.key'), 'utf8'), pair.privateKeyPem)
  })

  it('are not made of a pair that is not proven', () => {
    const { observer } = setUp({ path: folder.file('copy.pem') })
    observer.changed(report('1', false))
    assert.ok(!existsSync(folder.file('copy.pem')))
  })

  it('are left alone when they are in place already, and mended when their mode is not', () => {
    const path = folder.file('copy.pem')
    writeFileSync(path, pair.certificatePem + pair.privateKeyPem, { mode: 0o600 })
    const { ino } = statSync(path)
    setUp({ path }).observer.changed(report('1'))
    assert.equal(statSync(path).ino, ino)
    setUp({ path, mode: 0o640 }).observer.changed(report('1'))
    assert.equal(statSync(path).mode & 0o7777, 0o640)
  })

  it('belong to whom they are for, and can be replaced then', function () {
    if (self.uid !== 0) this.skip()
    const path = folder.file('copy.pem')
    const { observer, state } = setUp({ path, owner: { uid: 4242, gid: 4244 }, mode: 0o440 })
    observer.changed(report('1'))
    state.current = next
    observer.changed(report('2'))
    const { uid, gid, mode } = statSync(path)
    assert.deepEqual([uid, gid, mode & 0o7777], [4242, 4244, 0o440])
    assert.equal(readFileSync(path, 'utf8'), next.certificatePem + next.privateKeyPem)
  })

  it('never go through a link or over somebody else’s file; that is reported, and the other copies are made', function () {
    if (self.uid !== 0) this.skip()
    symlinkSync(folder.file('elsewhere'), folder.file('link'))
    writeFileSync(folder.file('foreign'), 'theirs')
    chownSync(folder.file('foreign'), 4242, 4242)
    const { observer, lines } = setUp(
      { path: folder.file('link') },
      { path: folder.file('foreign') },
      { path: folder.file('good') },
    )
    observer.changed(report('1'))
    assert.ok(!existsSync(folder.file('elsewhere')))
    assert.equal(readFileSync(folder.file('foreign'), 'utf8'), 'theirs')
    assert.ok(existsSync(folder.file('good')))
    assert.equal(lines.filter((line) => line.startsWith('warning: the copy could not be written')).length, 2)
    assert.doesNotMatch(lines.join(''), /PRIVATE KEY/)
  })

  it('are tried again at the next change after a failure', () => {
    const path = folder.file('later/copy.pem')
    const { observer } = setUp({ path })
    observer.changed(report('1'))
    mkdirSync(folder.file('later'))
    observer.changed(report('1'))
    assert.ok(existsSync(path))
    rmSync(path)
  })
})
