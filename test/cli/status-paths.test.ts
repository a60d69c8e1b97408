import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { certlet, secret, start } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'
import { ca, client, kubeconfigOf, pairFiles, server, writeFiles } from '../support/pki-files.ts'
import { issue } from '../../src/lab/pki/authority.ts'

const now = new Date()

/** Node names the files of a made cluster in `folder`. */
async function makeCluster(folder: string): Promise<void> {
  const cluster = await ca()
  const admin = await client(cluster, 'kubernetes-admin', now)
  const apiServer = await issue(cluster, { commonName: 'kube-apiserver', extendedKeyUsage: 'server auth' }, { now })
  for (const { keyPem } of [admin, apiServer, cluster]) secret(keyPem.split('\n')[1] ?? keyPem)
  writeFiles(folder, {
    ...pairFiles('pki/ca', cluster),
    ...pairFiles('pki/apiserver', apiServer),
    'admin.conf': kubeconfigOf(cluster, admin, 'kubernetes-admin'),
  })
}

describe('certlet status with paths', () => {
  const folder = temporaryFolder()
  const status = (...args: string[]): ReturnType<typeof certlet> => certlet(['status', ...args])

  it('shows a folder as tables, a set for each CA', async () => {
    await makeCluster(folder.path)
    const { code, stdout, stderr } = await status(folder.file('pki'))
    assert.equal(code, 0, stderr)
    assert.match(
      stdout,
      /^CA of the cluster, CN=kubernetes\n {2}NAME +FOR +EXPIRES +LEFT +STATE\n {2}ca\.crt +CA +\d{4}-\d\d-\d\d +\d+d +ok\n/,
    )
    assert.match(stdout, /^ {2}apiserver\.crt +server +\d{4}-\d\d-\d\d +36\dd +ok$/m)
    assert.match(stdout, /^ {2}\.\.\/admin\.conf, user "kubernetes-admin" +client .* ok$/m)
    assert.match(stdout, /^ {2}\.\.\/admin\.conf, cluster "kubernetes": https:\/\/10\.0\.0\.1:6443$/m)
  })

  it('shows a file with all that it says', async () => {
    await makeCluster(folder.path)
    const { code, stdout } = await status(folder.file('pki/apiserver.crt'), folder.file('pki/ca.crt'))
    assert.equal(code, 0)
    assert.match(stdout, /^certificate +.*apiserver\.crt$/m)
    assert.match(stdout, /^ {2}subject +CN=kube-apiserver$/m)
    assert.match(stdout, /^ {2}signed by +.*ca\.crt, by its signature$/m)
    assert.match(stdout, /^ {2}key +matches, in .*apiserver\.key$/m)
    assert.match(stdout, /^ {2}pin +sha256:[0-9a-f]{64}$/m)
  })

  it('says the same in JSON and YAML', async () => {
    await makeCluster(folder.path)
    const json = JSON.parse((await status('-o', 'json', folder.file('admin.conf'))).stdout) as Record<string, unknown>
    const [, user] = json['certificates'] as Record<string, unknown>[]
    assert.equal(user?.['entry'], 'user "kubernetes-admin"')
    assert.deepEqual(user['allows'], ['client'])
    assert.deepEqual((user['signedBy'] as Record<string, unknown>)['kind'], 'ca')
    assert.equal(user['worth'], 'usable')
    const yaml = load((await status('-o', 'yaml', folder.file('admin.conf'))).stdout) as Record<string, unknown>
    assert.deepEqual(Object.keys(yaml), Object.keys(json))
  })

  it('does not let a name in a certificate write to the terminal', async () => {
    const odd = await client(await ca(), 'a\u001b[2Jb', now)
    writeFiles(folder.path, { 'x.crt': odd.certificatePem })
    const { stdout } = await status(folder.file('x.crt'))
    assert.match(stdout, /subject +CN=a/)
    assert.ok(!stdout.includes('\u001b'))
  })

  it('says which file may not be read, with exit code 7', async function () {
    if (process.getuid?.() !== 0) this.skip()
    await makeCluster(folder.path)
    const { execFileSync } = await import('node:child_process')
    execFileSync('chmod', ['755', folder.path, folder.file('pki')])
    const { code, stdout } = await start(['status', folder.file('pki')], {}, 65_534).done
    assert.equal(code, 7)
    assert.match(stdout, /^ {2}ca\.key: permission denied$/m)
  })

  it('changes nothing', async () => {
    await makeCluster(folder.path)
    const { execFileSync } = await import('node:child_process')
    const digest = (): string =>
      createHash('sha256')
        .update(execFileSync('find', [folder.path, '-printf', '%p %m %T@ %s\n']))
        .digest('hex')
    const before = digest()
    await status(folder.path)
    assert.equal(digest(), before)
  })

  for (const { title, args, prepare, check, monitoring, says } of [
    {
      title: 'all is well',
      args: [],
      check: 1,
      monitoring: 0,
      says: /^CERTLET OK - 3 of 3 fine \| seconds_left=\d+s\n$/,
    },
    {
      title: 'one ends within the time that was given',
      args: ['--expires-within', '400d'],
      check: 0,
      monitoring: 1,
      says: /^CERTLET WARNING - .*apiserver\.crt: to be renewed, valid until \d{4}-.* \| seconds_left=\d+s\n$/,
    },
    { title: 'one has a day more than that', args: ['--expires-within', '363d'], check: 1, monitoring: 0, says: /OK/ },
    {
      title: 'less than a part of the lifetime is left',
      args: ['--expires-within', '100%'],
      check: 0,
      monitoring: 1,
      says: /WARNING/,
    },
    {
      title: 'one has expired',
      args: [],
      prepare: async () => {
        const cluster = await ca()
        const old = await issue(
          cluster,
          { commonName: 'old', extendedKeyUsage: 'client auth' },
          { now: new Date('2020-01-01') },
        )
        writeFileSync(folder.file('pki/old.crt'), old.certificatePem)
      },
      check: 0,
      monitoring: 2,
      says: /^CERTLET CRITICAL - .*old\.crt: expired at 2020-12-31/,
    },
    {
      title: 'it is not there',
      args: [],
      prepare: () => {
        rmSync(folder.file('pki'), { recursive: true })
        return Promise.resolve()
      },
      check: 2,
      monitoring: 2,
      says: /CRITICAL - .*pki: there is no such file/,
    },
    { title: 'the command line is wrong', args: ['--expires-within', 'soon'], check: 255, monitoring: 3, says: /^$/ },
    { title: 'a flag does not exist', args: ['--no-such-flag'], check: 255, monitoring: 3, says: /^$/ },
  ])
    it(`has exit codes for ExecCondition= and monitoring when ${title}`, async () => {
      await makeCluster(folder.path)
      await prepare?.()
      const ask = (flag: string): ReturnType<typeof certlet> => status(flag, folder.file('pki'), ...args)
      const [asked, monitored] = await Promise.all([ask('--check'), ask('--monitoring')])
      assert.deepEqual([asked.code, monitored.code], [check, monitoring], asked.stdout + asked.stderr)
      assert.match(monitored.stdout, says)
    })

  it('takes several paths, and the same one only once', async () => {
    const cluster = await ca()
    writeFiles(folder.path, { ...pairFiles('a', await server(cluster)), 'ca.crt': cluster.certificatePem })
    const { stdout } = await status('-o', 'json', folder.file('a.crt'), folder.path, folder.file('ca.crt'))
    assert.equal((JSON.parse(stdout) as { certificates: unknown[] }).certificates.length, 2)
  })
})
