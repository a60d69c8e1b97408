import assert from 'node:assert/strict'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { certlet, csrs, decide, sandbox, type Sandbox, start, until } from '../support/command.ts'

describe('certlet rotate', () => {
  const flags = (name: string, node: Sandbox, ...more: string[]): string[] => [name, ...node.flags(...more).slice(1)]
  const client = (node: Sandbox): string => readFileSync(node.path('pki/kubelet-client-current.pem'), 'utf8')

  /** A daemon whose credentials are in place, and which rotates when asked; killed at the end of the block at the latest. */
  async function daemon(
    node: Sandbox,
    ...more: string[]
  ): Promise<AsyncDisposable & { pid: number; end: () => Promise<void> }> {
    await using starting = new AsyncDisposableStack()
    const { child, done } = starting.use(start(flags('run', node, ...more)))
    await until(() => existsSync(node.path('pki/certlet.sock')), 'the socket')
    await until(() => !existsSync(node.path('bootstrap.conf')), 'the end of the token')
    const running = starting.move()
    return {
      pid: child.pid ?? 0,
      end: async () => {
        child.kill('SIGTERM')
        const { code, stderr } = await done
        assert.equal(code, 0, stderr)
      },
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    }
  }

  it('has the daemon rotate, and waits until the new certificate is in use', async () => {
    await using node = await sandbox()
    await using running = await daemon(node)
    const before = client(node)
    const { code, stdout, stderr } = await certlet(flags('rotate', node))
    assert.equal(code, 0, stderr)
    assert.notEqual(client(node), before)
    assert.match(stdout, /^client +rotated, \d{4}-.*Z to \d{4}-.*Z$/m)
    assert.equal(stderr, '')
    await running.end()
    assert.ok(!existsSync(node.path('pki/certlet.sock')))
  })

  it('rotates one purpose if told to, all that the daemon keeps if not, and prints JSON', async () => {
    await using node = await sandbox({ approveServing: true })
    await using running = await daemon(node, '--serving', '--san', '192.0.2.1')
    await until(() => existsSync(node.path('pki/kubelet-server-current.pem')), 'the serving pair')
    const before = client(node)
    const one = await certlet(flags('rotate', node, '--serving', '-o', 'json'))
    assert.equal(one.code, 0, one.stderr)
    const { client: none, serving } = JSON.parse(one.stdout) as Record<string, { certificate: { names: string[] } }>
    assert.equal(none, undefined)
    assert.deepEqual(serving?.certificate.names, ['n1', '192.0.2.1'])
    assert.equal(client(node), before)
    const both = await certlet(flags('rotate', node, '-o', 'json'))
    assert.deepEqual(Object.keys(JSON.parse(both.stdout) as object), ['client', 'serving'])
    assert.notEqual(client(node), before)
    await running.end()
  }).timeout(30_000)

  it('tells a denial, with the exit code of the table; the old credential stays in use', async () => {
    await using node = await sandbox()
    await using running = await daemon(node)
    const before = client(node)
    node.lab.setApproval({ mode: 'manual' })
    await using asking = start(flags('rotate', node))
    await until(async () => (await csrs(node.lab)).length === 2, 'the request')
    const request = (await csrs(node.lab)).find(({ status }) => status['conditions'] === undefined)
    assert.ok(request)
    await decide(node.lab, request.metadata.name, 'Denied', 'not today')
    const { code, stdout, stderr } = await asking.done
    assert.equal(code, 3)
    assert.match(stderr, /^error: .*was denied \(Test: not today\)/m)
    assert.match(stdout, /^client +not rotated/m)
    assert.equal(client(node), before)
    await running.end()
  })

  it('says why nothing has come when its time is up, and the daemon goes on', async () => {
    await using node = await sandbox()
    await using running = await daemon(node)
    const before = client(node)
    node.lab.setApproval({ mode: 'manual' })
    const { code, stderr } = await certlet(flags('rotate', node, '--timeout', '2s'))
    assert.equal(code, 4)
    assert.match(stderr, /^error: The client credential is not rotated after 2s: "node-csr-.*waits for/m)
    const request = (await csrs(node.lab)).find(({ status }) => status['conditions'] === undefined)
    assert.ok(request)
    await decide(node.lab, request.metadata.name, 'Approved')
    await until(() => client(node) !== before, 'the new pair')
    await running.end()
  })

  it('says so when the daemon does not answer', async () => {
    await using node = await sandbox()
    await using running = await daemon(node)
    process.kill(running.pid, 'SIGSTOP')
    const { code, stderr } = await certlet(flags('rotate', node))
    process.kill(running.pid, 'SIGCONT')
    assert.equal(code, 8)
    assert.match(stderr, /^error: Cannot ask the certlet at ".*certlet\.sock": it has not answered for 5 s/m)
    await running.end()
  }).timeout(30_000)

  it('refuses a serving credential that the daemon does not keep', async () => {
    await using node = await sandbox()
    await using running = await daemon(node)
    const { code, stderr } = await certlet(flags('rotate', node, '--serving'))
    assert.equal(code, 2)
    assert.match(stderr, /keeps no serving credential\nhint: start certlet run with --serving/)
    await running.end()
  })

  it('rotates by itself where no daemon runs: one new pair, the old one kept, nothing pending', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const before = client(node)
    const old = realpathSync(node.path('pki/kubelet-client-current.pem'))
    const { code, stderr } = await certlet(flags('rotate', node))
    assert.equal(code, 0, stderr)
    assert.notEqual(client(node), before)
    assert.ok(existsSync(old))
    assert.ok(!existsSync(node.path('pki/kubelet-client.key.tmp')))
    assert.equal((await csrs(node.lab)).length, 2)
  })

  it('goes on with the same request when its time was up without a daemon', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const before = client(node)
    node.lab.setApproval({ mode: 'manual' })
    assert.equal((await certlet(flags('rotate', node, '--timeout', '2s'))).code, 4)
    assert.equal(client(node), before)
    node.lab.setApproval({ mode: 'auto' })
    const { code, stderr } = await certlet(flags('rotate', node))
    assert.equal(code, 0, stderr)
    assert.notEqual(client(node), before)
    assert.equal((await csrs(node.lab)).length, 2)
  }).timeout(30_000)

  it('rotates both by itself where the configuration has a serving credential', async () => {
    await using node = await sandbox({ approveServing: true })
    writeFileSync(node.path('config.yaml'), 'serving: true\nsan: [192.0.2.1]\n')
    const config = ['--config', node.path('config.yaml')]
    await node.bootstrap(...config)
    const { code, stdout, stderr } = await certlet(flags('rotate', node, ...config, '-o', 'json'))
    assert.equal(code, 0, stderr)
    assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ['client', 'serving'])
  })

  it('says what is missing on a node without any credential', async () => {
    await using node = await sandbox()
    const { code, stderr } = await certlet([...flags('rotate', node), '--bootstrap-kubeconfig', node.path('none')])
    assert.equal(code, 2)
    assert.match(stderr, /^error: this node has no client credential yet/m)
  })

  it('does not break in on a bootstrap', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using running = start(node.flags())
    await until(() => node.lab.requests.some(({ path }) => path.includes('watch=true')), 'the watch')
    const { code, stderr } = await certlet(flags('rotate', node))
    assert.equal(code, 8)
    assert.match(stderr, /wait if it is a bootstrap/)
    running.child.kill('SIGTERM')
    await running.done
  })
})
