import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { csrs, sandbox, start, until } from '../support/command.ts'

const run = promisify(execFile)

async function kubectlIsThere(): Promise<boolean> {
  try {
    await run('kubectl', ['version', '--client'])
    return true
  } catch {
    return false
  }
}

describe('the lab, asked by a real kubectl', function () {
  this.timeout(30_000)
  let home: string
  before(async function () {
    if (!(await kubectlIsThere())) {
      console.log('      skipped: there is no kubectl on this machine')
      this.skip()
    }
    home = mkdtempSync(join(tmpdir(), 'certlet-kubectl-'))
  })
  after(() => {
    if (home) rmSync(home, { recursive: true, force: true })
  })

  it('shows, watches, describes, approves and denies requests', async () => {
    await using node = await sandbox({ approve: 'manual' })
    writeFileSync(node.path('admin.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
    const env = { PATH: process.env['PATH'] ?? '', HOME: home }
    const base = ['--kubeconfig', node.path('admin.conf')]
    const kubectl = async (...args: string[]): Promise<string> =>
      (await run('kubectl', [...base, ...args], { env })).stdout

    const watching = spawn('kubectl', [...base, 'get', 'csr', '-w'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    using _ends = { [Symbol.dispose]: () => watching.kill() }
    let watched = ''
    watching.stdout.setEncoding('utf8').on('data', (text: string) => (watched += text))
    await using running = start(node.flags())
    try {
      await until(() => watched.includes('Pending'), 'the request in kubectl’s watch')
      const name = (await csrs(node.lab))[0]?.metadata.name ?? ''
      assert.match(await kubectl('get', 'csr'), /NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION/)
      assert.match(
        await kubectl('get', 'csr', name),
        /kube-apiserver-client-kubelet +system:bootstrap:\w{6} +<none> +Pending/,
      )
      assert.match(await kubectl('describe', 'csr', name), /Common Name: +system:node:n1/)
      assert.match(await kubectl('certificate', 'approve', name), /approved/)
      assert.equal((await running.done).code, 0)
      await until(() => watched.includes('Approved,Issued'), 'the certificate in kubectl’s watch')
    } finally {
      watching.kill()
    }
    const whoami = await run('kubectl', ['--kubeconfig', node.path('kubelet.conf'), 'auth', 'whoami'], { env })
    assert.match(whoami.stdout, /Username +system:node:n1/)
    assert.match(await kubectl('auth', 'can-i', 'delete', 'nodes'), /yes/)
  })

  it('denies', async () => {
    await using node = await sandbox({ approve: 'manual' })
    writeFileSync(node.path('admin.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
    await using running = start(node.flags())
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    const name = (await csrs(node.lab))[0]?.metadata.name ?? ''
    const env = { PATH: process.env['PATH'] ?? '', HOME: home }
    await run('kubectl', ['--kubeconfig', node.path('admin.conf'), 'certificate', 'deny', name], { env })
    assert.equal((await running.done).code, 3)
  })
})
