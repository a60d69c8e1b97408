import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { stripVTControlCharacters } from 'node:util'
import { load } from 'js-yaml'
import { certlet, hasTerminals, secret, start, startOnTerminal } from '../support/command.ts'
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

  it('fits into 80 columns of a terminal, in colours unless NO_COLOR is set', async function () {
    if (!hasTerminals()) {
      console.log('      skipped: there is no script(1) on this machine')
      this.skip()
    }
    await makeCluster(folder.path)
    const cluster = await ca()
    const name = `${'long-'.repeat(12)}end`
    writeFiles(folder.path, { [`pki/${name}.crt`]: (await client(cluster, 'c', now)).certificatePem })
    const shown = async (env: Record<string, string>): Promise<string> => {
      await using terminal = startOnTerminal(['status', folder.file('pki')], { columns: 80, env })
      return (await terminal.done).stdout
    }
    const [coloured, plain] = await Promise.all([shown({}), shown({ NO_COLOR: '1' })])
    assert.match(coloured, /ca\.crt .*\u001b\[32mok\u001b\[39m/)
    assert.equal(stripVTControlCharacters(coloured), plain)
    assert.match(plain, /^ {2}long-long-[long-]*…[a-z-]+long-end\.crt +client /m)
    assert.match(plain, /ca\.crt has its issuer’s name/)
    for (const line of plain.split('\r\n')) assert.ok(line.length <= 80, `this is longer than 80: ${line}`)
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
    execFileSync('chmod', ['755', folder.path, folder.file('pki')])
    const { code, stdout } = await start(['status', folder.file('pki')], {}, { uid: 65_534 }).done
    assert.equal(code, 7)
    assert.match(stdout, /^ {2}ca\.key: permission denied$/m)
  })

  it('changes nothing', async () => {
    await makeCluster(folder.path)
    const digest = (): string =>
      createHash('sha256')
        .update(execFileSync('find', [folder.path, '-printf', '%p %m %T@ %s\n']))
        .digest('hex')
    const before = digest()
    await status(folder.path)
    assert.equal(digest(), before)
  })

  for (const { title, args, check, monitoring, says } of [
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
    { title: 'the command line is wrong', args: ['--expires-within', 'soon'], check: 255, monitoring: 3, says: /^$/ },
    { title: 'a flag does not exist', args: ['--no-such-flag'], check: 255, monitoring: 3, says: /^$/ },
  ])
    it(`has exit codes for ExecCondition= and monitoring when ${title}`, async () => {
      await makeCluster(folder.path)
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
