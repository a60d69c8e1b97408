import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { loadAll } from 'js-yaml'
import { certlet, sandbox } from '../support/command.ts'

interface Binding {
  kind: string
  metadata: { name: string }
  subjects?: { name: string }[]
}

async function objects(...args: string[]): Promise<Binding[]> {
  const { code, stdout, stderr } = await certlet(['rbac', ...args])
  assert.equal(code, 0, stderr)
  return loadAll(stdout) as Binding[]
}

describe('certlet rbac', () => {
  it('leaves approval to people with --auto-approve=false', async () => {
    const names = (await objects('--auto-approve=false')).map(({ metadata }) => metadata.name)
    assert.ok(names.includes('certlet:node-bootstrapper'))
    assert.ok(!names.some((name) => name.includes('approve')))
  })

  it('binds the groups that it is given', async () => {
    const [first] = await objects('--group', 'system:bootstrappers:a', '--group', 'system:bootstrappers:b')
    assert.deepEqual(
      first?.subjects?.map(({ name }) => name),
      ['system:bootstrappers:a', 'system:bootstrappers:b'],
    )
  })

  it('refuses to give the rights to everybody', async () => {
    const { code, stderr } = await certlet(['rbac', '--group', 'system:unauthenticated'])
    assert.equal(code, 2)
    assert.match(stderr, /is no group of bootstrap tokens/)
  })

  it('is all that a bare cluster lacks for a bootstrap', async () => {
    await using node = await sandbox({ kubeadmPolicy: false })
    assert.equal((await node.bootstrap()).code, 6)
    for (const object of await objects()) {
      const namespace = object.kind.startsWith('Cluster') ? '' : 'namespaces/kube-public/'
      const path = `/apis/rbac.authorization.k8s.io/v1/${namespace}${object.kind.toLowerCase()}s`
      const { status, body } = await node.lab.admin('POST', path, object)
      assert.equal(status, 201, JSON.stringify(body))
    }
    const run = await node.bootstrap()
    assert.equal(run.code, 0, run.stderr)
  })

  it('is applied by a real kubectl', async function () {
    this.timeout(60_000)
    if (spawnSync('kubectl', ['version', '--client']).status !== 0) {
      console.log('      skipped: there is no kubectl on this machine')
      this.skip()
    }
    await using node = await sandbox({ kubeadmPolicy: false })
    writeFileSync(node.path('admin.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
    const { stdout } = await certlet(['rbac'])
    writeFileSync(node.path('rbac.yaml'), stdout)
    const args = ['--kubeconfig', node.path('admin.conf'), 'apply', '--validate=false', '-f', node.path('rbac.yaml')]
    const { stdout: applied } = await promisify(execFile)('kubectl', args, { env: { ...process.env, HOME: node.dir } })
    assert.match(applied, /clusterrolebinding\S* created/)
    const run = await node.bootstrap()
    assert.equal(run.code, 0, run.stderr)
  })
})
