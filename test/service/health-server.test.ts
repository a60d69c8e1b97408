import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { AgentReport } from '../../src/agent/report.ts'
import { type HealthServer, type Pages, serveHealth } from '../../src/service/health-server.ts'
import { heartbeat } from '../../src/service/heartbeat.ts'
import { listenAddress } from '../../src/service/listen-address.ts'
import { agentMetrics } from '../../src/service/metrics.ts'
import { agentPages } from '../../src/service/pages.ts'
import { inheritedDescriptors, withoutSystemd } from '../../src/service/systemd-descriptors.ts'
import { manualClock } from '../support/manual-clock.ts'
import { agentReport, NOON, waitingReport } from '../support/report.ts'

describe('the health server', () => {
  const { signal } = new AbortController()
  const loopback = { host: '127.0.0.1', port: 0 }
  const get = (server: HealthServer, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, init)

  async function pages(state: { report?: AgentReport; silentMs?: number }): Promise<Pages> {
    const clock = manualClock(NOON)
    const metrics = await agentMetrics({ clock, version: '1.2.3' })
    let time = 0
    const beat = heartbeat(() => time)
    time += state.silentMs ?? 0
    return agentPages({ metrics, heartbeat: beat, report: () => state.report, clock })
  }

  it('serves the metrics in Prometheus’ form', async () => {
    await using server = await serveHealth(await pages({}), loopback, signal)
    const response = await get(server, '/metrics')
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await response.text(), /^# HELP certlet_build_info /m)
  })

  it('says on /healthz that the loop is alive, and for how long it has not been', async () => {
    const state = { silentMs: 180_000 }
    await using alive = await serveHealth(await pages(state), loopback, signal)
    assert.equal((await get(alive, '/healthz')).status, 200)
    await using stuck = await serveHealth(await pages({ silentMs: 181_000 }), loopback, signal)
    const response = await get(stuck, '/healthz')
    assert.equal(response.status, 503)
    assert.match(await response.text(), /silent for 181 s/)
  })

  it('row 22: answers /readyz with 200 only when all wanted credentials are in place, else with the reason', async () => {
    const state: { report?: AgentReport } = {}
    await using server = await serveHealth(await pages(state), loopback, signal)
    assert.equal((await get(server, '/readyz')).status, 503)
    state.report = agentReport({ client: waitingReport() })
    const waiting = await get(server, '/readyz')
    assert.equal(waiting.status, 503)
    assert.match(await waiting.text(), /^not ready\nclient: not there yet: "csr-1" waits/)
    state.report = agentReport()
    const ready = await get(server, '/readyz')
    assert.equal(ready.status, 200)
    assert.match(await ready.text(), /^ready\nclient: in place and proven/)
  })

  it('answers nothing else, and no other method', async () => {
    await using server = await serveHealth(await pages({}), loopback, signal)
    assert.equal((await get(server, '/')).status, 404)
    assert.equal((await get(server, '/constructor')).status, 404)
    assert.equal((await get(server, '/metrics', { method: 'POST' })).status, 405)
    assert.equal((await get(server, '/healthz?verbose')).status, 200)
  })

  it('says no more of a page that fails than that it does', async () => {
    const failing: Pages = { '/metrics': () => Promise.reject(new Error('inner')) }
    await using server = await serveHealth(failing, loopback, signal)
    const response = await get(server, '/metrics')
    assert.equal(response.status, 500)
    assert.doesNotMatch(await response.text(), /inner/)
  })

  it('ends every connection at once when the signal aborts', async () => {
    const stop = new AbortController()
    const server = await serveHealth({}, loopback, stop.signal)
    const idle = connect(server.port, '127.0.0.1').resume()
    await new Promise((resolve) => idle.once('connect', resolve))
    const ended = new Promise((resolve) => idle.once('error', resolve).once('close', resolve))
    stop.abort()
    await ended
    await assert.rejects(get(server, '/healthz'))
  })

  it('names the address that it cannot have', async () => {
    await using server = await serveHealth({}, loopback, signal)
    await assert.rejects(serveHealth({}, { host: '127.0.0.1', port: server.port }, signal), {
      code: 'USAGE',
      message: `Cannot listen on 127.0.0.1:${server.port} (EADDRINUSE)`,
    })
  })
})

describe('--metrics-address', () => {
  const handed = new Map([['metrics', 4]])
  for (const [text, want] of [
    [':9105', { host: '127.0.0.1', port: 9105 }],
    ['127.0.0.1:9105', { host: '127.0.0.1', port: 9105 }],
    ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
    ['[::]:9105', { host: '::', port: 9105 }],
    ['node.example:9105', { host: 'node.example', port: 9105 }],
    ['systemd', { descriptor: 4 }],
  ] as const) {
    it(`${text} means ${JSON.stringify(want)}`, () => {
      assert.deepEqual(listenAddress(text, handed), want)
    })
  }
  for (const text of ['', '9105', ':', ':x', ':70000', '::1:9105', 'a b:1', 'http://x:1']) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => listenAddress(text, handed), { code: 'USAGE' })
    })
  }
  it('systemd needs a socket by the name metrics', () => {
    assert.throws(() => listenAddress('systemd', new Map()), { code: 'USAGE', message: /no socket named "metrics"/ })
  })
})

describe('what systemd hands over', () => {
  it('is found by name, and only by the process that it is meant for', () => {
    const env = { LISTEN_FDS: '2', LISTEN_PID: '7', LISTEN_FDNAMES: 'notify:metrics' }
    assert.deepEqual([...inheritedDescriptors(env, 7)].sort(), [
      ['metrics', 4],
      ['notify', 3],
    ])
    assert.equal(inheritedDescriptors(env, 8).size, 0)
    assert.equal(inheritedDescriptors({ LISTEN_PID: '7' }, 7).size, 0)
  })

  it('does not go on to children', () => {
    const env = {
      PATH: '/bin',
      NOTIFY_SOCKET: '/n',
      WATCHDOG_USEC: '1',
      WATCHDOG_PID: '1',
      LISTEN_FDS: '1',
      LISTEN_PID: '1',
    }
    assert.deepEqual(withoutSystemd(env), { PATH: '/bin' })
  })
})
