import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildBinary } from '../../scripts/build-binary.ts'
import { startLab } from '../../src/lab/index.ts'
import { checkout } from '../support/checkout.ts'
import { temporaryFolder } from '../support/folder.ts'

const run = promisify(execFile)

describe('building the binary', () => {
  const work = temporaryFolder()

  it('makes the same bytes in another folder, time zone, language and umask, a code cache that is taken, and a bootstrap', async function () {
    if (spawnSync('strip', ['--version']).error !== undefined) this.skip() // binutils
    this.timeout(180_000)
    const build = async (folder: string, env: Record<string, string>, umask: string): Promise<Map<string, Buffer>> => {
      const { PATH = '' } = process.env
      const line = `umask ${umask}; exec "$0" scripts/build-binary.ts`
      await run('sh', ['-c', line, process.execPath], { cwd: folder, env: { PATH, ...env } })
      const files = readdirSync(join(folder, 'dist')).sort()
      return new Map(files.map((file) => [file, readFileSync(join(folder, 'dist', file))]))
    }
    const binary = `certlet-linux-${process.arch}`
    checkout(work.file('one'))
    const one = await build(work.file('one'), { TZ: 'UTC', LANG: 'C' }, '022')
    assert.deepEqual([...one.keys()], [binary, `${binary}.cdx.json`])
    mkdirSync(work.file('other'))
    renameSync(work.file('one'), work.file('other/and deeper'))
    const elsewhere = { TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8', NODE_OPTIONS: '--stack-trace-limit=50' }
    const other = await build(work.file('other/and deeper'), elsewhere, '077')
    for (const [name, bytes] of one) assert.ok(other.get(name)?.equals(bytes), `${name} differs`)
    for (const bytes of one.values()) assert.equal(bytes.indexOf(work.path), -1, 'no path of the machine is in it')

    const { stdout, stderr } = await run(work.file(`other/and deeper/dist/${binary}`), ['--version'])
    assert.match(stdout, /^certlet /)
    assert.equal(stderr, '', 'it would say that a code cache is refused')
    await bootstraps(work.file(`other/and deeper/dist/${binary}`))
    const missing = ['bootstrap', '--bootstrap-kubeconfig', '/not/there', '--cert-dir', work.path]
    for (const args of [missing, ['run', '--print-config'], ['rbac']]) {
      const told = spawnSync(work.file(`other/and deeper/dist/${binary}`), args, { encoding: 'utf8' })
      assert.doesNotMatch(told.stderr, /code cache|Unexpected/)
      assert.ok(told.status === 0 || told.status === 2, told.stderr)
    }
  })

  /** Its Node.js goes by other CAs of its own; it must go by the same as the npm package. */
  async function bootstraps(file: string): Promise<void> {
    await using lab = await startLab()
    const place = (name: string): string => join(work.path, name)
    writeFileSync(place('cas.pem'), lab.caPem)
    const withoutCa = lab.bootstrapKubeconfig().replace(/ +certificate-authority-data: .*\n/, '')
    const extra = { NODE_EXTRA_CA_CERTS: place('cas.pem') }
    const rows: [string, Record<string, string>, boolean][] = [
      [lab.bootstrapKubeconfig(), {}, true],
      [withoutCa, {}, false],
      [withoutCa, { SSL_CERT_FILE: place('cas.pem') }, true],
      [withoutCa, extra, true],
      [lab.bootstrapKubeconfig(), { SSL_CERT_FILE: '/not/there' }, true],
    ]
    for (const [index, [text, env, works]] of rows.entries()) {
      writeFileSync(place('bootstrap.conf'), text, { mode: 0o600 })
      const files = ['--bootstrap-kubeconfig', place('bootstrap.conf'), '--kubeconfig', place(`kubelet-${index}.conf`)]
      const args = ['bootstrap', ...files, '--cert-dir', place(`pki-${index}`), '--hostname-override', `n${index}`]
      const told = run(file, args, { env })
      if (works) await told
      else await assert.rejects(told, ({ stderr }: { stderr: string }) => /certificate/.test(stderr))
    }
  }

  it('says how to get the Node.js of another architecture, and leaves this one’s alone', async () => {
    // npm has no Node.js for it.
    await assert.rejects(buildBinary('loong64'), ({ message }: Error) => {
      assert.match(message, /no Node\.js for loong64: npm pack node-linux-loong64@[\d.]+ &&/)
      assert.doesNotMatch(message, /npm install/)
      return true
    })
  })
})
