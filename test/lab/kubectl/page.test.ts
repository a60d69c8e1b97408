import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { startLab } from '../../../src/lab/index.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { needsKubectl } from '../../support/kubectl.ts'

const page = readFileSync(new URL('../../../docs/lab.md', import.meta.url), 'utf8')
const [, section = ''] = /\n## With kubectl, openssl and curl\n([\s\S]*?)\n## /.exec(page) ?? []
const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)

/** Without the commands that start the lab, which is there already. */
const lines = blocks.join('').replace(/^certlet lab .*$/gm, '')

describe('the page on the lab', function () {
  this.timeout(60_000)
  before(needsKubectl)
  const folder = temporaryFolder()

  it('shows lines of kubectl, openssl and curl that work as they stand', async function () {
    const missing = ['openssl', 'curl'].find((name) => spawnSync(name, ['version']).error)
    if (missing !== undefined) this.skip()
    await using lab = await startLab({ approve: 'manual', pkiDir: folder.file('pki') })
    mkdirSync(folder.file('lab'))
    writeFileSync(folder.file('lab/admin.conf'), lab.adminKubeconfig(), { mode: 0o600 })
    const { PATH = '' } = process.env
    const env = { PATH, HOME: folder.path, TMPDIR: folder.path }
    const script = lines.replaceAll(':6443', `:${new URL(lab.url).port}`)
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder.path, env, stdio: 'pipe' })
    let printed = ''
    for (const stream of [shell.stdout, shell.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    const code = await new Promise((resolve) => shell.once('close', resolve))
    assert.equal(code, 0, printed)
    for (const expected of [
      /\/jane created\n/,
      /jane +\d+s +kubernetes.io\/kube-apiserver-client +kubernetes-admin +24h +Pending\n/,
      /Common Name: +jane\n/,
      /\/jane approved\n/,
      /\/jane condition met\n/,
      /^jane\.crt: OK$/m,
      /^subject=O ?= ?team, CN ?= ?jane$/m,
      /\nUsername +jane\nGroups +\[team system:authenticated\]\n/,
      /jane +\d+s .* Approved,Issued\n/,
      /"kind": ?"CertificateSigningRequestList"/,
      /Verification: OK|Verify return code: 0 \(ok\)/,
      /^SHA2-256\(stdin\)= [0-9a-f]{64}$/m,
    ])
      assert.match(printed, expected)
  })
})
