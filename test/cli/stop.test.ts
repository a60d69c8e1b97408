import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as sleepMs } from 'node:timers/promises'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { csrs, sandbox, type Sandbox, start, type Started, until } from '../support/command.ts'
import { listening } from '../support/listening.ts'
import { makePair } from '../support/pair.ts'
import { promptMs } from '../support/prompt.ts'

const run = (node: Sandbox, ...more: string[]): string[] => ['run', ...node.flags(...more).slice(1)]

/** Sends SIGTERM and looks whether that ends it in time. @returns what it has printed. */
async function endsPromptly({ child, done }: Started, code: number): Promise<string> {
  const askedAt = performance.now()
  child.kill('SIGTERM')
  const ended = await done
  assert.ok(performance.now() - askedAt < promptMs(), `it took ${performance.now() - askedAt} ms: ${ended.stderr}`)
  assert.equal(ended.code, code, ended.stderr)
  return ended.stderr
}

function pointTo(node: Sandbox, server: string): void {
  const kubeconfig = node.lab.bootstrapKubeconfig().replace(/server: .*/, `server: ${server}`)
  writeFileSync(node.path('bootstrap.conf'), kubeconfig, { mode: 0o600 })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A script that says that it runs, and then neither ends nor heeds SIGTERM. */
function stubborn(node: Sandbox): { path: string; pid: () => number } {
  const path = node.path('stubborn')
  writeFileSync(path, `#!/bin/sh\ntrap '' TERM\necho $$ >${node.path('pid')}\nwhile :; do sleep 1; done\n`, {
    mode: 0o700,
  })
  return { path, pid: () => (existsSync(node.path('pid')) ? Number(readFileSync(node.path('pid'), 'utf8')) : 0) }
}

describe('SIGTERM ends certlet within a second', () => {
  it('while an API server accepts connections and says nothing', async () => {
    await using node = await sandbox()
    let connected = 0
    await using silent = await listening(createServer(() => connected++))
    pointTo(node, `https://127.0.0.1:${silent.port}`)
    await using running = start(run(node))
    await until(() => connected > 0, 'the connection')
    await endsPromptly(running, 0)
  })

  it('while a connection is not accepted at all', async () => {
    await using node = await sandbox()
    await using hole = await blackHole()
    pointTo(node, `https://127.0.0.1:${hole.port}`)
    await using running = start(run(node))
    await once(running.child.stderr ?? running.child, 'data')
    await sleepMs(300) // it has nothing else to do than to connect
    await endsPromptly(running, 0)
  })

  it('while it looks at the certificate of a server that it does not trust', async () => {
    await using node = await sandbox()
    const { certificatePem, privateKeyPem } = await makePair()
    let connected = 0
    await using tls = await listening(createTlsServer({ cert: certificatePem, key: privateKeyPem }))
    // The second connection is the look, which nobody answers.
    const relay = createServer((socket) => {
      if (++connected > 1) return
      const upstream = connect(tls.port, '127.0.0.1')
      upstream.on('error', () => undefined).once('close', () => socket.destroy())
      socket.once('close', () => upstream.destroy())
      upstream.pipe(socket).pipe(upstream)
    })
    await using front = await listening(relay)
    pointTo(node, `https://127.0.0.1:${front.port}`)
    await using running = start(run(node))
    await until(() => connected > 1, 'the second connection')
    await endsPromptly(running, 0)
  })

  it('while an exec plugin gives no credential, and ends the plugin', async () => {
    await using node = await sandbox()
    const pidFile = node.path('pid')
    writeFileSync(node.path('plugin'), `#!/bin/sh\necho $$ >${pidFile}\nexec sleep 300\n`, { mode: 0o700 })
    const exec = '$1exec:\n$1  apiVersion: client.authentication.k8s.io/v1\n$1  command: ./plugin'
    const kubeconfig = node.lab.bootstrapKubeconfig().replace(/( +)token: .*/, exec)
    writeFileSync(node.path('bootstrap.conf'), kubeconfig, { mode: 0o600 })
    await using running = start(node.flags())
    await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '', 'the plugin')
    await endsPromptly(running, 130)
    const pid = Number(readFileSync(pidFile, 'utf8'))
    await until(() => !isRunning(pid), 'the end of the plugin')
  })

  it('while it waits for a kubeconfig on standard input', async () => {
    await using node = await sandbox()
    await using running = start([...node.flags(), '--bootstrap-kubeconfig', '-'])
    // More than the system keeps for a reader: it is through when certlet reads.
    await new Promise((resolve) => running.child.stdin?.write('#'.repeat(1_000_000), resolve))
    await endsPromptly(running, 130)
  })

  it('while the command of --on-rotate runs and does not heed SIGTERM', async () => {
    await using node = await sandbox()
    const { path, pid } = stubborn(node)
    await using running = start(run(node, '--on-rotate', path), { PATH: process.env['PATH'] ?? '' })
    await until(() => pid() > 0, 'the command')
    await endsPromptly(running, 0)
    assert.ok(!isRunning(pid()))
  })

  it('while systemd-notify does not come to its end', async () => {
    await using node = await sandbox({ approve: 'none' })
    writeFileSync(node.path('systemd-notify'), '#!/bin/sh\nexec sleep 3\n', { mode: 0o700 })
    const env = { PATH: `${node.dir}:${process.env['PATH'] ?? ''}`, NOTIFY_SOCKET: node.path('nobody-listens') }
    await using running = start(run(node), env)
    await until(() => node.lab.requests.some(({ path }) => path.includes('watch=true')), 'the watch')
    await endsPromptly(running, 0)
  })

  it('while a name is looked up and DNS does not answer', async function () {
    if (process.getuid?.() !== 0 || spawnSync('unshare', ['-m', 'true']).status !== 0) {
      console.log('      skipped: no namespace of mounts may be made here')
      this.skip()
    }
    await using node = await sandbox()
    const dns = createSocket('udp4')
    using _closes = { [Symbol.dispose]: () => dns.close() }
    const asked = once(dns, 'message')
    dns.bind(53, '127.0.0.77')
    await once(dns, 'listening')
    writeFileSync(node.path('resolv.conf'), 'nameserver 127.0.0.77\n')
    pointTo(node, 'https://certlet-test.example:6443')
    const inNamespace = ['-m', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', node.path('resolv.conf')]
    await using running = start(run(node), {}, { by: ['unshare', ...inNamespace] })
    await asked
    await endsPromptly(running, 0)
  })

  it('at any moment of its life; the next start goes on, and makes no second request', async () => {
    await using node = await sandbox({ approveServing: true })
    const args = run(node, '--serving', '--san', '192.0.2.1')
    // Of a generator with a fixed seed: the moments are the same in each run of the tests.
    for (let draw = 4_711, round = 0; round < 6; round++) {
      draw = (draw * 48_271) % 2_147_483_647
      await using running = start(args)
      await once(running.child.stderr ?? running.child, 'data')
      await sleepMs((draw / 2_147_483_647) * 300)
      await endsPromptly(running, 0)
      const left = existsSync(node.path('pki')) ? readdirSync(node.path('pki')) : []
      assert.deepEqual(
        left.filter((name) => name.endsWith('.draft') || name === 'certlet.sock'),
        [],
      )
      if (left.length > 0) (await lockFolder(node.path('pki'))).release()
    }
    assert.equal((await node.bootstrap('--serving', '--san', '192.0.2.1')).code, 0)
    assert.equal((await csrs(node.lab)).length, 2)
  })
})

describe('a second signal', () => {
  it('ends certlet at once, with exit code 130, and the command of --on-rotate with it', async () => {
    await using node = await sandbox()
    const { path, pid } = stubborn(node)
    await using running = start(run(node, '--on-rotate', path), { PATH: process.env['PATH'] ?? '' })
    await until(() => pid() > 0, 'the command')
    // Both come while it cannot look: the second one finds the first not dealt with, however fast that would be.
    running.child.kill('SIGSTOP')
    running.child.kill('SIGTERM')
    running.child.kill('SIGINT')
    running.child.kill('SIGCONT')
    assert.equal((await running.done).code, 130)
    await until(() => !isRunning(pid()), 'the end of the command')
  })
})

/** A port whose queue of connections is full: the next one waits for an answer to its first packet. */
async function blackHole(): Promise<AsyncDisposable & { port: number }> {
  await using made = new AsyncDisposableStack()
  const listen = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    process.stdout.write(String(this.address().port), () => process.kill(process.pid, 'SIGSTOP'))
  })`
  const child = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] })
  made.defer(() => void child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(said.toString())
  await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8')), 'the stop')
  for (let isFull = false, count = 0; !isFull; count++) {
    assert.ok(count < 10, 'connections are still taken')
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    made.defer(() => void socket.destroy())
    isFull = await Promise.race([once(socket, 'connect').then(() => false), sleepMs(300).then(() => true)])
  }
  const hole = made.move()
  return { port, [Symbol.asyncDispose]: () => hole.disposeAsync() }
}

describe('certlet run', () => {
  it('on SIGUSR1, has no debugger listen', async () => {
    await using node = await sandbox()
    let connected = 0
    await using silent = await listening(createServer(() => connected++))
    pointTo(node, `https://127.0.0.1:${silent.port}`)
    await using running = start(run(node))
    await until(() => connected > 0, 'the connection')
    running.child.kill('SIGUSR1')
    await sleepMs(300) // as long as a debugger would need to say that it listens
    assert.doesNotMatch(await endsPromptly(running, 0), /[Dd]ebugger/)
  })
})
