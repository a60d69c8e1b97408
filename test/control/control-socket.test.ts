import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { spawnSync } from 'node:child_process'
import type { RotationOutcome } from '../../src/agent/keeper.ts'
import { askReport, askRotation } from '../../src/control/control-client.ts'
import { type Controlled, serveControl } from '../../src/control/control-server.ts'
import { CertletError } from '../../src/errors.ts'
import { createLog } from '../../src/log.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listening } from '../support/listening.ts'
import { agentReport, credentialReport, waitingReport } from '../support/report.ts'

describe('the control socket', () => {
  const folder = temporaryFolder()
  const forever = new AbortController().signal
  const { certificate } = credentialReport()
  assert.ok(certificate)
  const rotated: RotationOutcome = { kind: 'rotated', certificate }
  const agent: Controlled = { report: () => agentReport(), rotate: () => Promise.resolve(rotated) }

  async function serving(
    more: Partial<Controlled> = {},
    certDir = folder.path,
    signal = forever,
  ): Promise<AsyncDisposable & { lines: string[] }> {
    const lines: string[] = []
    const log = createLog((line) => lines.push(line), { format: 'text', least: 'info', now: () => new Date(0) })
    return Object.assign(await serveControl({ ...agent, ...more }, { certDir, log, signal }), { lines })
  }

  it('tells how things are, moments as moments', async () => {
    const report = agentReport({ client: waitingReport(), serving: credentialReport({ purpose: 'serving' }) })
    await using _server = await serving({ report: () => report })
    assert.deepEqual(await askReport(folder.path, forever), report)
  })

  it('answers a rotation with its outcome, also with a failure', async () => {
    const error = new CertletError('CSR_DENIED', 'Denied', { hint: 'ask' })
    await using _server = await serving({
      report: () => agentReport({ serving: credentialReport({ purpose: 'serving' }) }),
      rotate: (purpose) => Promise.resolve(purpose === 'client' ? rotated : { kind: 'failed', error }),
    })
    assert.deepEqual(await askRotation(folder.path, 'client', forever), rotated)
    const failed = await askRotation(folder.path, 'serving', forever)
    assert.ok(failed?.kind === 'failed')
    assert.deepEqual([failed.error.code, failed.error.message, failed.error.hint], ['CSR_DENIED', 'Denied', 'ask'])
  })

  it('refuses to rotate a serving credential that is not kept', async () => {
    await using _server = await serving()
    await assert.rejects(askRotation(folder.path, 'serving', forever), { code: 'USAGE', message: /no serving/ })
  })

  it('lets whoever asked go away, and rotates all the same', async () => {
    let settle = (_: RotationOutcome): void => undefined
    const outcome = new Promise<RotationOutcome>((resolve) => {
      settle = resolve
    })
    await using _server = await serving({ rotate: () => outcome })
    await assert.rejects(askRotation(folder.path, 'client', AbortSignal.timeout(50)), { name: 'TimeoutError' })
    settle(rotated)
    assert.ok(await askReport(folder.path, forever))
  })

  it('is for its own user alone, and gone at the end', async () => {
    {
      await using _server = await serving()
      assert.equal(statSync(folder.file('certlet.sock')).mode & 0o777, 0o600)
      assert.deepEqual(readdirSync(folder.path), ['certlet.sock'])
    }
    assert.deepEqual(readdirSync(folder.path), [])
    assert.equal(await askReport(folder.path, forever), undefined)
  })

  it('ends with the signal of the process, whoever waits', async () => {
    const stop = new AbortController()
    await using _server = await serving({ rotate: () => new Promise(() => undefined) }, folder.path, stop.signal)
    const waiting = askRotation(folder.path, 'client', forever)
    setTimeout(() => {
      stop.abort()
    }, 50)
    await assert.rejects(waiting, { code: 'DAEMON_SILENT' })
    assert.ok(!existsSync(folder.file('certlet.sock')))
  })

  it('takes the place of the socket that a killed daemon left, and nobody listens on that before', async () => {
    const path = JSON.stringify(folder.file('certlet.sock'))
    spawnSync(process.execPath, ['-e', `net.createServer().listen(${path}, () => process.kill(process.pid, 9))`])
    assert.ok(existsSync(folder.file('certlet.sock')))
    assert.equal(await askReport(folder.path, forever), undefined)
    await using _server = await serving()
    assert.ok(await askReport(folder.path, forever))
  })

  it('leaves the socket of the next daemon alone when it ends late', async () => {
    const first = await serving()
    await using _second = await serving()
    await first[Symbol.asyncDispose]()
    assert.ok(await askReport(folder.path, forever))
  })

  it('does without a socket where its path would be too long, and says so', async () => {
    const long = folder.file('x'.repeat(100))
    mkdirSync(long)
    await using server = await serving({}, long)
    assert.match(server.lines.join(''), /no control socket.*at most 107 bytes/)
    assert.deepEqual(readdirSync(long), [])
    assert.equal(await askReport(long, forever), undefined)
  })

  it('does without a socket where something else stands in its place, and leaves that alone', async () => {
    writeFileSync(folder.file('certlet.sock'), 'mine')
    await using server = await serving()
    assert.match(server.lines.join(''), /no control socket.*no socket/)
    assert.ok(statSync(folder.file('certlet.sock')).isFile())
  })

  it('is not understood if something else answers there', async () => {
    const other = createServer((_request, response) => response.end('{"nodeName":1}'))
    await using _listening = await listening(other, { path: folder.file('certlet.sock') })
    await assert.rejects(askReport(folder.path, forever), { code: 'DAEMON_SILENT', message: /not understood/ })
  })

  it('is given up after five seconds without an answer', async () => {
    const mute = createSocket((socket) => socket.resume())
    await using _listening = await listening(mute, { path: folder.file('certlet.sock') })
    await assert.rejects(askReport(folder.path, forever), { code: 'DAEMON_SILENT', message: /5 s/ })
  }).timeout(20_000)
})
