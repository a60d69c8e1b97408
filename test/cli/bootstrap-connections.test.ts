import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { load } from 'js-yaml'
import { type Clock, systemClock } from '../../src/clock.ts'
import { certlet, csrs, decide, sandbox, type Sandbox, start, until } from '../support/command.ts'
import { listening } from '../support/listening.ts'
import { proxy } from '../support/proxy.ts'
import { relay } from '../support/relay.ts'

function rewrite(node: Sandbox, pattern: RegExp, to: string): void {
  writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig().replace(pattern, to), { mode: 0o600 })
}

const clusterOf = (node: Sandbox): Record<string, unknown> =>
  (load(readFileSync(node.path('kubelet.conf'), 'utf8')) as { clusters: { cluster: Record<string, unknown> }[] })
    .clusters[0]?.cluster ?? {}

/** How long the lab would hold a request that a test holds, ms; nothing else of the lab's takes just as long. */
const HELD_MS = 3_599_999

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

  it('goes by the machine’s CAs, as a kubelet does, where the kubeconfig names none', async () => {
    await using node = await sandbox()
    rewrite(node, / +certificate-authority-data: .*\n/, '')
    const refused = await node.bootstrap()
    assert.equal(refused.code, 5)
    assert.match(refused.stderr, /certificate/)
    writeFileSync(node.path('machine-cas.pem'), node.lab.caPem)
    const { code, stderr } = await certlet(node.flags(), { env: { SSL_CERT_FILE: node.path('machine-cas.pem') } })
    assert.equal(code, 0, stderr)
    assert.equal(clusterOf(node)['certificate-authority-data'], undefined)
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

  it('makes a round trip less: the watch arrives while the POST is carried out, both on connections opened ahead', async () => {
    const gate = Promise.withResolvers<undefined>()
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => (ms === HELD_MS ? gate.promise : systemClock.sleep(ms, signal)),
    }
    const held = {
      verb: 'create',
      resource: 'certificatesigningrequests',
      fault: 'slow',
      delay: `${HELD_MS}ms`,
    } as const
    const keySafe: boolean[] = []
    await using node = await sandbox({
      clock,
      faults: [held],
      onAudit: () => keySafe.push(existsSync(node.path('pki/kubelet-client.key.tmp'))),
    })
    await using between = await relay(node.lab.url)
    rewrite(node, /server: .*/, `server: https://127.0.0.1:${between.port}`)
    await using running = start(node.flags())
    const verbs = (): string[] => node.lab.requests.map(({ verb, resource }) => `${verb} ${resource}`)
    await until(() => verbs().length > 0, 'a request')
    assert.deepEqual(verbs(), ['watch certificatesigningrequests'], 'the POST is not answered yet')
    assert.deepEqual(keySafe, [true], 'nothing is asked before the key is on disk')
    assert.equal(between.opened, 2)
    gate.resolve(undefined)
    const { code, stderr } = await running.done
    assert.equal(code, 0, stderr)
    assert.deepEqual(verbs(), [
      'watch certificatesigningrequests',
      'create certificatesigningrequests',
      'create selfsubjectreviews',
    ])
    assert.equal(between.opened, 3, 'the proof has one of its own, with the new credential')
    await until(() => between.closed === 3, 'the end of all connections')
  })

  it('asks for a serving certificate on the connection of the proof, with one for its watch opened beside that', async () => {
    const opened: number[] = []
    await using node = await sandbox({
      approveServing: true,
      onAudit: ({ objectRef }) => {
        if (objectRef?.resource === 'selfsubjectreviews') opened.push(between.opened)
      },
    })
    await using between = await relay(node.lab.url)
    rewrite(node, /server: .*/, `server: https://127.0.0.1:${between.port}`)
    const { code, stderr } = await node.bootstrap('--serving', '--node-ip', '192.0.2.1')
    assert.equal(code, 0, stderr)
    assert.equal(node.posts().filter((name) => name === 'certificatesigningrequests').length, 2)
    assert.deepEqual(
      [...new Set(opened)],
      [4],
      'two with the token; by the time of the proof two with the new credential',
    )
    assert.equal(between.opened, 4)
  })

  it('opens no connection where there is nothing to be asked', async () => {
    await using node = await sandbox()
    await node.bootstrap('--keep-bootstrap-kubeconfig')
    await using between = await relay(node.lab.url)
    for (const name of ['bootstrap.conf', 'kubelet.conf']) {
      const text = readFileSync(node.path(name), 'utf8')
      writeFileSync(node.path(name), text.replace(/server: .*/, `server: https://127.0.0.1:${between.port}`))
    }
    const { code, stderr } = await node.bootstrap('--keep-bootstrap-kubeconfig')
    assert.equal(code, 0, stderr)
    assert.equal(between.opened, 0)
  })

  it('takes a connection that drops in the middle of a watch as ordinary', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using between = await relay(node.lab.url)
    rewrite(node, /server: .*/, `server: https://127.0.0.1:${between.port}`)
    await using running = start(node.flags())
    const watches = (): number => node.lab.requests.filter(({ path }) => path.includes('watch=true')).length
    let said = ''
    running.child.stderr?.on('data', (text: string) => (said += text))
    // What is cut is a watch alone: the answer of the POST beside it has arrived.
    await until(() => said.includes('requested the certificate'), 'the request')
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
