import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { openNotifyChannel } from '../../src/service/notify-channel.ts'
import { temporaryFolder } from '../support/folder.ts'
import { canReceive, receiveDatagrams } from '../support/datagram-receiver.ts'

describe('the channel to systemd', () => {
  const folder = temporaryFolder()
  const MODULE = new URL('../../src/service/notify-channel.ts', import.meta.url).href

  /** Runs a script in a Node of its own, with the module's function at hand. */
  async function inNode(
    script: string,
    env: Record<string, string>,
    stdio: (number | 'ignore' | 'inherit')[],
  ): Promise<void> {
    const text = `import { openNotifyChannel } from ${JSON.stringify(MODULE)}\n${script}`
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', text],
      {
        env,
        stdio,
      },
    )
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0)
  }

  it('is none when systemd does not listen', async () => {
    assert.equal(await openNotifyChannel({}, process.pid), undefined)
    assert.equal(await openNotifyChannel({ NOTIFY_SOCKET: 'vsock:2:1234' }, process.pid), undefined)
  })

  it('is the descriptor named notify, where the unit hands one over', async () => {
    const path = folder.file('messages')
    const script = `const channel = await openNotifyChannel({ ...process.env, LISTEN_PID: String(process.pid) }, process.pid)
      if (channel?.by !== 'descriptor') process.exit(1)
      await channel.send('READY=1', true)`
    const descriptor = openSync(path, 'w')
    await inNode(script, { LISTEN_FDS: '1', LISTEN_FDNAMES: 'notify', NOTIFY_SOCKET: '/nowhere' }, [
      'ignore',
      'inherit',
      'inherit',
      descriptor,
    ])
    assert.equal(readFileSync(path, 'utf8'), 'READY=1')
  })

  for (const [title, address] of [
    ['a path', () => folder.file('notify')],
    ['an abstract name', () => `@certlet-test-${randomUUID()}`],
  ] as const) {
    it(`is a socket of our own to ${title}, where Node has node:ffi`, async function () {
      if (!canReceive) this.skip()
      if (Number(process.versions.node.split('.')[0]) < 26) this.skip()
      const socket = address()
      await using receiver = await receiveDatagrams(socket)
      const channel = await openNotifyChannel({ NOTIFY_SOCKET: socket }, process.pid)
      assert.equal(channel?.by, 'ffi')
      await channel.send('READY=1\nSTATUS=all is well – ✓', true)
      assert.equal(await receiver.next(), 'READY=1\nSTATUS=all is well – ✓')
    })
  }

  it('is the tool systemd-notify otherwise, message after message', async function () {
    if (!canReceive || spawnSync('systemd-notify', ['--version']).status !== 0) this.skip()
    const socket = folder.file('notify')
    await using receiver = await receiveDatagrams(socket)
    // A process id that is not ours makes the self-test of node:ffi fail, as on a Node without it.
    const channel = await openNotifyChannel({ PATH: process.env['PATH'], NOTIFY_SOCKET: socket }, -1)
    assert.equal(channel?.by, 'systemd-notify')
    const sent = [channel.send('STATUS=waiting', true), channel.send('READY=1\nSTATUS=done', true)]
    const said: string[] = []
    while (!said.join('\n').includes('STATUS=done')) said.push(await receiver.next())
    await Promise.all(sent)
    const lines = said.join('\n').split('\n')
    assert.deepEqual(
      lines.filter((line) => /^(STATUS|READY)=/.test(line)),
      ['STATUS=waiting', 'READY=1', 'STATUS=done'],
    )
  })

  it('goes on when the tool is missing or fails', async () => {
    const tool = folder.file('systemd-notify')
    writeFileSync(tool, `#!/bin/sh\n: >${folder.file('called')}\nexit 1\n`)
    chmodSync(tool, 0o755)
    for (const PATH of [folder.path, '/nowhere']) {
      const channel = await openNotifyChannel({ PATH, NOTIFY_SOCKET: '/nowhere' }, -1)
      await channel?.send('READY=1', true)
    }
    assert.ok(existsSync(folder.file('called')))
  })

  it('loses a message rather than failing when systemd has gone away', async function () {
    if (!canReceive) this.skip()
    const socket = folder.file('notify')
    await using receiver = await receiveDatagrams(socket)
    const channel = await openNotifyChannel({ NOTIFY_SOCKET: socket }, process.pid)
    await receiver[Symbol.asyncDispose]()
    await channel?.send('READY=1', true)
  })
})
