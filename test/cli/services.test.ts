import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import type { Flags } from '../../src/cli/command.ts'
import { type Services, startServices } from '../../src/cli/services.ts'
import type { World } from '../../src/cli/world.ts'
import { systemClock } from '../../src/clock.ts'
import { CertletError } from '../../src/errors.ts'
import { createLog } from '../../src/log.ts'
import { openCredentialStore } from '../../src/store/credential-store.ts'
import { canReceive, receiveDatagrams } from '../support/datagram-receiver.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'
import { agentReport, credentialReport } from '../support/report.ts'

describe('the services around the agent', () => {
  const folder = temporaryFolder()
  const { certificate: inUse } = credentialReport()
  assert.ok(inUse)
  const rotated = { kind: 'rotated', purpose: 'client', currentPath: '/c', pairPath: '/p', certificate: inUse } as const

  async function services(
    flags: Flags,
    env: World['env'] = {},
  ): Promise<{ running: Services; lines: string[]; stop: AbortController }> {
    const lines: string[] = []
    const stop = new AbortController()
    const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, pid: process.pid }
    const parts = { ...self, env, clock: systemClock, signal: stop.signal }
    const world = { ...parts, monotonicUs: () => process.hrtime.bigint() / 1000n } as unknown as World
    const log = createLog((line) => lines.push(line), { format: 'text', least: 'info', now: () => new Date(0) })
    const task = {
      nodeName: 'n1',
      kubeconfigPath: folder.file('kubelet.conf'),
      certDir: folder.path,
      log,
      connection: () => {
        throw new CertletError('KUBECONFIG_MISSING', 'no kubeconfig')
      },
    }
    return { running: await startServices({ 'on-rotate-timeout': '1m', ...flags }, world, task), lines, stop }
  }
  function changed({ observers }: Services): void {
    assert.ok(inUse)
    const inDate = { ...inUse, notAfter: new Date(Date.now() + 60_000) }
    const report = agentReport({ client: credentialReport({ certificate: inDate }) })
    for (const observer of observers) observer.changed?.(report)
  }

  it('are none but the heart’s beat unless asked for', async () => {
    const { running, lines } = await services({})
    await using _running = running
    assert.deepEqual(lines, [])
    assert.equal(running.systemd, undefined)
  })

  it('serve metrics and health, and stop to', async () => {
    const { running, lines } = await services({ 'metrics-address': ':0' })
    await using _running = running
    const port = /port=(\d+)/.exec(lines.join(''))?.[1] ?? ''
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/${path}`)
    assert.equal((await get('readyz')).status, 503)
    changed(running)
    assert.equal((await get('readyz')).status, 200)
    assert.equal((await get('healthz')).status, 200)
    assert.match(await (await get('metrics')).text(), /^certlet_credential_ready\{purpose="client"\} 1$/m)
    await running[Symbol.asyncDispose]()
    await assert.rejects(get('healthz'))
  })

  it('copy the pair before the command runs', async () => {
    const pair = await makePair()
    const { uid } = { uid: process.getuid?.() ?? 0 }
    openCredentialStore({ directory: folder.path, purpose: 'client', uid }).commit({ ...pair, now: new Date() })
    const copy = folder.file('copy.pem')
    const { running } = await services(
      { copy: [`client=${copy}:::0600`], 'on-rotate': `cp ${copy} ${folder.file('seen.pem')}` },
      { PATH: process.env['PATH'] },
    )
    await using _running = running
    for (const observer of running.observers) observer.happened?.(rotated)
    await running[Symbol.asyncDispose]()
    assert.equal(readFileSync(folder.file('seen.pem'), 'utf8'), pair.certificatePem + pair.privateKeyPem)
  })

  it('tell systemd when the node is ready, ping its watchdog, and say when they end', async function () {
    if (!canReceive) this.skip()
    const socket = folder.file('notify')
    await using receiver = await receiveDatagrams(socket)
    const env = { PATH: process.env['PATH'], NOTIFY_SOCKET: socket, WATCHDOG_USEC: '100000' }
    const { running, stop } = await services({}, env)
    await using _running = running
    assert.equal(await receiver.next(), 'WATCHDOG=1')
    changed(running)
    let message = ''
    while (!message.startsWith('READY=1\nSTATUS=client: in place')) message = await receiver.next()
    stop.abort()
    await running[Symbol.asyncDispose]()
    while (message !== 'STOPPING=1') message = await receiver.next()
  })

  for (const flags of [
    { 'metrics-address': 'nonsense' },
    { 'on-rotate': '' },
    { copy: ['client=/x:::0600', 'client=relative:::0600'] },
  ]) {
    it(`refuse ${JSON.stringify(flags)} before anything has started`, async () => {
      await assert.rejects(services(flags), { code: 'USAGE' })
      assert.ok(!existsSync('/x'))
    })
  }
})
