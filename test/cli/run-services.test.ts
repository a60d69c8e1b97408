import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Lab } from '../../src/lab/index.ts'
import { sandbox, start, until } from '../support/command.ts'

describe('what is around certlet run', () => {
  /** The port that the log names. */
  async function portOf(child: ChildProcess): Promise<number> {
    let text = ''
    child.stderr?.on('data', (more: string) => (text += more))
    await until(() => /metrics and health are served .*port=\d+/.test(text), 'the health server')
    return Number(/port=(\d+)/.exec(text)?.[1])
  }
  async function eventReasons(lab: Lab): Promise<string[]> {
    const { body } = await lab.admin('GET', '/api/v1/namespaces/default/events')
    return (body as { items: { reason: string }[] }).items.map(({ reason }) => reason)
  }

  it('is ready when the credential is proven; copies, hook and Events follow each rotation; SIGTERM ends it', async () => {
    await using node = await sandbox()
    const [, ...flags] = node.flags()
    const copy = node.path('copy')
    const hook = `sh -c 'echo $CERTLET_PURPOSE >>${node.path('hook.log')}'`
    const services = ['--metrics-address', ':0', '--on-rotate', hook, '--copy', `client=${copy}:::0600:split`]
    await using running = start(['run', ...flags, ...services, '--record-events'], {
      PATH: process.env['PATH'] ?? '',
    })
    const port = await portOf(running.child)
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/${path}`)
    await until(async () => (await get('readyz')).status === 200, 'readiness')
    assert.equal((await get('healthz')).status, 200)
    assert.match(await (await get('metrics')).text(), /^certlet_rotations_total\{purpose="client"\} 1$/m)
    const pair = readFileSync(node.path('pki/kubelet-client-current.pem'), 'utf8')
    assert.equal(readFileSync(`${copy}.crt`, 'utf8') + readFileSync(`${copy}.key`, 'utf8'), pair)
    await until(() => existsSync(node.path('hook.log')), 'the first run of the command')

    running.child.kill('SIGHUP')
    await until(
      () => readFileSync(node.path('hook.log'), 'utf8') === 'client\nclient\n',
      'the second run of the command',
    )
    const renewed = readFileSync(node.path('pki/kubelet-client-current.pem'), 'utf8')
    assert.notEqual(renewed, pair)
    assert.equal(readFileSync(`${copy}.crt`, 'utf8') + readFileSync(`${copy}.key`, 'utf8'), renewed)
    await until(async () => (await eventReasons(node.lab)).includes('CertificateRotated'), 'the Event')

    const stoppedAt = performance.now()
    running.child.kill('SIGTERM')
    const { code, stderr } = await running.done
    assert.equal(code, 0, stderr)
    assert.ok(performance.now() - stoppedAt < 2_000)
  }).timeout(30_000)

  it('says on /readyz why it is not ready', async () => {
    await using node = await sandbox({ approve: 'none' })
    const [, ...flags] = node.flags()
    await using running = start(['run', ...flags, '--metrics-address', ':0'])
    const port = await portOf(running.child)
    await until(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`)
      const text = await response.text()
      return response.status === 503 && /client: not there yet: .*kubectl certificate approve/.test(text)
    }, 'the reason')
    running.child.kill('SIGTERM')
    assert.equal((await running.done).code, 0)
  }).timeout(30_000)

  it('refuses a wrong address before it touches anything', async () => {
    await using node = await sandbox()
    const [, ...flags] = node.flags()
    const { code, stderr } = await start(['run', ...flags, '--metrics-address', 'nonsense']).done
    assert.equal(code, 78)
    assert.match(stderr, /error: --metrics-address "nonsense" is not HOST:PORT/)
    assert.equal(node.lab.requests.length, 0)
  })
})
