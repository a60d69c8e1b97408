import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { CertletError } from '../../src/errors.ts'
import { machineIdentity } from '../../src/identity/machine-id.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { exitCodeOf, fail, type Finding, ok, warn } from '../../src/preflight/finding.ts'
import { atWorkFinding } from '../../src/preflight/local/at-work.ts'
import { bootstrapFileFinding } from '../../src/preflight/local/bootstrap-file.ts'
import { filesFinding } from '../../src/preflight/local/files.ts'
import { foldersFinding } from '../../src/preflight/local/folders.ts'
import { machineIdFinding } from '../../src/preflight/local/machine-id.ts'
import { nodeNameFinding } from '../../src/preflight/local/node-name.ts'
import { freeSpace, spaceFinding } from '../../src/preflight/local/space.ts'
import { repairAll } from '../../src/preflight/repair.ts'
import { folderIsLocked, lockFolder } from '../../src/store/folder-lock.ts'
import { temporaryFolder } from '../support/folder.ts'
import { assertFinding } from '../support/preflight.ts'

const uid = process.getuid?.() ?? 0
const NOBODY = 65_534

describe('preflight of the machine', () => {
  const folder = temporaryFolder()

  it('knows the names that every machine has', () => {
    const of = (osHostname: string): Finding => nodeNameFinding(nodeIdentity({ osHostname }))
    assertFinding(of('n1'), { verdict: 'ok', seen: /^"n1"$/ })
    assertFinding(of('localhost'), { verdict: 'warn', seen: /every machine/, fix: /--hostname-override/ })
  })

  for (const { title, text, binding = true, madeElsewhere = [], verdict, seen } of [
    { title: 'a sound one', text: `${'a'.repeat(32)}\n`, verdict: 'ok', seen: /copied disk would be noticed/ },
    { title: 'none', text: undefined, verdict: 'warn', seen: /is not there/ },
    { title: 'an empty one', text: '\n', verdict: 'warn', seen: /is empty/ },
    { title: '"uninitialized"', text: 'uninitialized\n', verdict: 'warn', seen: /first boot/ },
    { title: 'zeros', text: '0'.repeat(32), verdict: 'warn', seen: /all zeros/ },
    { title: 'something else', text: 'machine', verdict: 'warn', seen: /holds no id/ },
    { title: 'none where none is wanted', text: undefined, binding: false, verdict: 'ok', seen: /not bound/ },
    {
      title: 'another than that of the keys',
      text: 'a'.repeat(32),
      madeElsewhere: ['"/pki/x.pem"'],
      verdict: 'warn',
      seen: /a copy.*"\/pki\/x.pem" has a key of another machine/,
    },
  ] as const) {
    it(`looks at the machine-id: ${title}`, () => {
      const finding = machineIdFinding({ text, binding, machine: machineIdentity(text), madeElsewhere })
      assertFinding(finding, { verdict, seen })
      assert.doesNotMatch(finding.seen, /a{32}/, 'the id is confidential')
    })
  }

  it('wants a bootstrap kubeconfig only where one is needed', () => {
    const missing = new CertletError('KUBECONFIG_MISSING', 'there is none')
    const broken = new CertletError('KUBECONFIG_INVALID', 'it is broken')
    assertFinding(bootstrapFileFinding(missing, { needed: true, uid }), {
      verdict: 'fail',
      code: 'KUBECONFIG_MISSING',
      seen: /none/,
    })
    assertFinding(bootstrapFileFinding(missing, { needed: false, uid }), { verdict: 'skipped', seen: /none is needed/ })
    assertFinding(bootstrapFileFinding(broken, { needed: false, uid }), { verdict: 'warn', seen: /broken.*not needed/ })
  })

  it('says of a folder that is not there that it can be made, and makes it when told to', () => {
    const path = folder.file('a/b')
    const finding = foldersFinding([{ path, mode: 0o700 }], uid)
    assertFinding(finding, { verdict: 'ok', seen: /not there yet, and can be made/ })
    assert.deepEqual(repairAll([finding], uid), [`made "${path}" (mode 0700)`])
    assert.equal(statSync(path).mode & 0o777, 0o700)
    assertFinding(foldersFinding([{ path, mode: 0o700 }], uid), { verdict: 'ok', seen: /can be written to/ })
  })

  it('refuses a file in place of a folder, also further up', () => {
    writeFileSync(folder.file('file'), '')
    for (const path of [folder.file('file'), folder.file('file/pki')]) {
      assertFinding(foldersFinding([{ path, mode: 0o700 }], uid), {
        verdict: 'fail',
        code: 'DISK_FOREIGN',
        seen: /not a (folder|directory)/,
      })
    }
  })

  it('warns of a folder that others may write into, and closes it when told to', () => {
    const path = folder.file('pki')
    mkdirSync(path)
    chmodSync(path, 0o775)
    const finding = foldersFinding([{ path, mode: 0o700 }], uid)
    assertFinding(finding, { verdict: 'warn', seen: /others can write .*mode 0775/, fix: /chmod go-w/ })
    repairAll([finding], uid)
    assert.equal(statSync(path).mode & 0o777, 0o755)
  })

  it('warns of another’s folder, and leaves it alone', function () {
    if (uid !== 0) this.skip()
    const path = folder.file('pki')
    mkdirSync(path)
    chownSync(path, NOBODY, NOBODY)
    chmodSync(path, 0o777)
    const finding = foldersFinding([{ path, mode: 0o700 }], uid)
    assertFinding(finding, { verdict: 'warn', seen: /belongs to user 65534/, fix: /chown 0/ })
    assert.deepEqual(repairAll([finding], uid), [])
    assert.equal(statSync(path).mode & 0o777, 0o777)
  })

  it('fails on a read-only file system', function () {
    const path = folder.file('ro')
    mkdirSync(path)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'certlet-test', path], { stdio: 'ignore' })
    } catch {
      console.log('      skipped: no file system may be mounted here')
      this.skip()
    }
    try {
      assertFinding(foldersFinding([{ path: `${path}/pki`, mode: 0o700 }], uid), {
        verdict: 'fail',
        code: 'DISK_READ_ONLY',
        seen: /read-only/,
      })
    } finally {
      execFileSync('umount', [path])
    }
  })

  for (const { title, bytes, inodes, verdict, seen } of [
    { title: 'plenty', bytes: 2 ** 34, inodes: 1000, verdict: 'ok', seen: /^16 GiB free at "\/pki"$/ },
    { title: 'no count of inodes', bytes: 2 ** 30, inodes: undefined, verdict: 'ok', seen: /1024 MiB free/ },
    { title: 'little', bytes: 2 ** 20, inodes: 1000, verdict: 'warn', seen: /1 MiB free/ },
    { title: 'next to nothing', bytes: 4096, inodes: 1000, verdict: 'fail', seen: /4 KiB free/ },
    { title: 'no inodes', bytes: 2 ** 30, inodes: 0, verdict: 'fail', seen: /inodes/ },
  ] as const) {
    it(`looks how much is free: ${title}`, () => {
      assertFinding(spaceFinding([{ path: '/pki', device: 1, bytes, inodes }]), { verdict, seen })
    })
  }

  it('looks where a folder will be, and says what is free of each file system once', () => {
    const [one, other] = [freeSpace(folder.file('not/there/yet')), freeSpace(folder.path)]
    assert.equal(one.device, other.device)
    assert.ok(one.bytes > 0)
    assert.equal(spaceFinding([one, other]).seen.split(';').length, 1)
  })

  it('warns of secrets that others can read, and closes them when told to', () => {
    const [certDir, kubeconfig] = [folder.file('pki'), folder.file('kubelet.conf')]
    mkdirSync(certDir)
    assertFinding(filesFinding(certDir, kubeconfig, uid), { verdict: 'ok', seen: /none yet/ })
    for (const path of [`${certDir}/kubelet-client.key.tmp`, kubeconfig]) {
      writeFileSync(path, '')
      chmodSync(path, 0o644)
    }
    writeFileSync(`${certDir}/kubelet.crt`, '')
    const finding = filesFinding(certDir, kubeconfig, uid)
    assertFinding(finding, { verdict: 'warn', seen: /key\.tmp" \(mode 0644\), .*kubelet\.conf" \(mode 0644\)$/ })
    assert.equal(repairAll([finding], uid).length, 2)
    assert.equal(statSync(kubeconfig).mode & 0o777, 0o600)
    assertFinding(filesFinding(certDir, kubeconfig, uid), { verdict: 'ok', seen: /^2, ours/ })
  })

  it('refuses a file where a link belongs', () => {
    writeFileSync(folder.file('kubelet-client-current.pem'), '', { mode: 0o600 })
    assertFinding(filesFinding(folder.path, folder.file('none'), uid), {
      verdict: 'fail',
      code: 'DISK_FOREIGN',
      seen: /should be a symbolic link/,
    })
  })

  it('refuses files of others', function () {
    if (uid !== 0) this.skip()
    writeFileSync(folder.file('kubelet-client.key.tmp'), '', { mode: 0o600 })
    chownSync(folder.file('kubelet-client.key.tmp'), NOBODY, NOBODY)
    assertFinding(filesFinding(folder.path, folder.file('none'), uid), {
      verdict: 'fail',
      code: 'DISK_FOREIGN',
      seen: /belongs to user 65534/,
    })
  })

  it('repairs nothing through a link, and never gives a right', () => {
    writeFileSync(folder.file('target'), '', { mode: 0o400 })
    symlinkSync(folder.file('target'), folder.file('link'))
    const narrow = (name: string): Finding =>
      ok('files', '', [{ do: 'narrow-mode', path: folder.file(name), mode: 0o600 }])
    assert.throws(() => repairAll([narrow('link')], uid), { code: 'DISK_FOREIGN' })
    repairAll([narrow('target')], uid)
    assert.equal(statSync(folder.file('target')).mode & 0o777, 0o400)
  })

  it('sees that another certlet holds the folder', async () => {
    assert.equal(await folderIsLocked(folder.path), false)
    assert.throws(() => statSync(folder.file('certlet.lock')), 'nothing is made')
    using lock = await lockFolder(folder.path)
    assert.equal(await folderIsLocked(folder.path), true)
    lock.release()
    assert.equal(await folderIsLocked(folder.path), false)
  })

  for (const { title, at, verdict, seen } of [
    { title: 'nobody', at: {}, verdict: 'ok', seen: /no other certlet, and no kubelet/ },
    { title: 'a certlet', at: { locked: true }, verdict: 'fail', seen: /another certlet works on "\/pki"/ },
    { title: 'a daemon', at: { locked: true, daemon: true }, verdict: 'fail', seen: /`certlet run` works/ },
    { title: 'a kubelet', at: { kubelets: [7] }, verdict: 'warn', seen: /a kubelet runs \(process 7\)/ },
  ] as const) {
    it(`says who is at work: ${title}`, () => {
      const finding = atWorkFinding({ locked: false, daemon: false, kubelets: [], ...at }, '/pki')
      assertFinding(finding, { verdict, seen })
    })
  }

  it('ends with the exit code of the first failure', () => {
    const [dns, token] = [fail('dns', 'API_NAME_UNKNOWN', ''), fail('token', 'UNAUTHORIZED', '')]
    assert.equal(exitCodeOf([ok('name', ''), warn('clock', '', '')]), 0)
    assert.equal(exitCodeOf([warn('clock', '', ''), token, dns]), 6)
    assert.equal(exitCodeOf([dns, token]), 5)
  })
})
