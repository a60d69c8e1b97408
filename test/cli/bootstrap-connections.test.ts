import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { load } from 'js-yaml'
import { certlet, csrs, decide, sandbox, type Sandbox, start, until } from '../support/command.ts'
import { type Listening, listening } from '../support/listening.ts'
import { endTogether, proxy } from '../support/proxy.ts'

function rewrite(node: Sandbox, pattern: RegExp, to: string): void {
  writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig().replace(pattern, to), { mode: 0o600 })
}

const clusterOf = (node: Sandbox): Record<string, unknown> =>
  (load(readFileSync(node.path('kubelet.conf'), 'utf8')) as { clusters: { cluster: Record<string, unknown> }[] })
    .clusters[0]?.cluster ?? {}

/** A TCP relay whose connections can be cut. */
function relay(target: number): Promise<Listening> {
  const server = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1')
    upstream.pipe(socket).pipe(upstream)
    endTogether(socket, upstream)
  })
  return listening(server)
}

describe('certlet bootstrap, as for the connection,', () => {
  it('goes through the proxy that the kubeconfig names, and keeps it in the node’s own', async () => {
    await using node = await sandbox()
    await using by = await proxy()
    rewrite(node, /( +)server: (.*)/, `$1server: $2\n$1proxy-url: http://127.0.0.1:${by.port}`)
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.ok(by.tunnels.length > 0, 'the proxy was asked')
    assert.ok(by.tunnels.every((target) => target === node.lab.url.slice('https://'.length)))
    assert.equal(clusterOf(node)['proxy-url'], `http://127.0.0.1:${by.port}`)
  })

  it('checks the server by tls-server-name, and keeps it in the node’s own kubeconfig', async () => {
    await using node = await sandbox()
    rewrite(node, /( +)server: (.*)/, '$1server: $2\n$1tls-server-name: kubernetes.default')
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.equal(clusterOf(node)['tls-server-name'], 'kubernetes.default')
  })

  it('reads a CA file beside the kubeconfig, and names it in the node’s own', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('ca.crt'), node.lab.caPem)
    rewrite(node, /certificate-authority-data: .*/, 'certificate-authority: ca.crt')
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.equal(clusterOf(node)['certificate-authority'], node.path('ca.crt'))
  })

  it('takes the token from an exec plugin', async () => {
    await using node = await sandbox()
    const plugin = `#!/bin/sh\n[ -n "$KUBERNETES_EXEC_INFO" ] || exit 1\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${node.lab.token}"}}'\n`
    writeFileSync(node.path('plugin'), plugin, { mode: 0o700 })
    rewrite(node, /( +)token: .*/, '$1exec:\n$1  apiVersion: client.authentication.k8s.io/v1\n$1  command: ./plugin')
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
  })

  it('says that an exec plugin failed, but not what it printed', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('plugin'), '#!/bin/sh\necho hunter2 >&2\nexit 1\n', { mode: 0o700 })
    rewrite(node, /( +)token: .*/, '$1exec:\n$1  apiVersion: client.authentication.k8s.io/v1\n$1  command: ./plugin')
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 6)
    assert.doesNotMatch(stderr, /hunter2/)
  })

  it('takes a client certificate instead of a token', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('bootstrap.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.equal((await csrs(node.lab))[0]?.spec['username'], 'kubernetes-admin')
  })

  it('gives up on a server that accepts connections and never answers', async () => {
    await using node = await sandbox()
    await using silent = await listening(createServer())
    rewrite(node, /server: .*/, `server: https://127.0.0.1:${silent.port}`)
    const { code, stderr } = await certlet(node.flags('--timeout', '400ms', '--log-format', 'json'))
    assert.equal(code, 5)
    assert.match(stderr, /"code":"API_TIMEOUT"/)
  })

  it('takes a connection that drops in the middle of a watch as ordinary', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using between = await relay(Number(new URL(node.lab.url).port))
    rewrite(node, /server: .*/, `server: https://127.0.0.1:${between.port}`)
    await using running = start(node.flags())
    const watches = (): number => node.lab.requests.filter(({ path }) => path.includes('watch=true')).length
    for (const count of [1, 2]) {
      await until(() => watches() === count, `watch ${count}`)
      between.cut()
    }
    await until(async () => watches() >= 3 && (await csrs(node.lab)).length === 1, 'the third watch')
    await decide(node.lab, (await csrs(node.lab))[0]?.metadata.name ?? '', 'Approved')
    const { code, stderr } = await running.done
    assert.equal(code, 0, stderr)
    assert.equal(node.posts().filter((name) => name === 'certificatesigningrequests').length, 1)
  }).timeout(20_000)

  for (const { title, mount, fill, code } of [
    { title: 'a read-only file system', mount: 'ro', fill: false, code: 'DISK_READ_ONLY' },
    { title: 'a full disk', mount: 'size=4k', fill: true, code: 'DISK_FULL' },
  ]) {
    it(`says what is wrong with ${title}`, async function () {
      await using node = await sandbox()
      const dir = node.path('small')
      mkdirSync(dir)
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', mount, 'certlet-test', dir], { stdio: 'ignore' })
      } catch {
        console.log('      skipped: no file system may be mounted here')
        this.skip()
      }
      try {
        if (fill) writeFileSync(`${dir}/ballast`, Buffer.alloc(4096))
        const run = await certlet(
          node.flags('--log-format', 'json', '--timeout', '500ms', '--cert-dir', fill ? dir : `${dir}/pki`),
        )
        assert.equal(run.code, 7)
        assert.match(run.stderr, new RegExp(`"code":"${code}"`))
      } finally {
        execFileSync('umount', [dir])
      }
    })
  }
})
