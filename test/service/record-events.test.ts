import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import { CertletError } from '../../src/errors.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import type { Lab } from '../../src/lab/index.ts'
import { createLog } from '../../src/log.ts'
import { eventLog } from '../../src/service/event-log.ts'
import { type EventRecorder, nearEnd, otherReason, recordEvents } from '../../src/service/record-events.ts'
import { sandbox } from '../support/command.ts'
import { manualClock } from '../support/manual-clock.ts'
import { agentReport, credentialReport, NOON, waitingReport } from '../support/report.ts'

describe('what is worth an event', () => {
  it('is a certificate with less than a tenth of its lifetime left, and an expired one', () => {
    assert.equal(nearEnd(credentialReport(), NOON), undefined)
    assert.equal(nearEnd(credentialReport(), new Date('2026-01-02T10:00:00Z'))?.reason, 'CertificateExpiresSoon')
    assert.equal(nearEnd(credentialReport(), new Date('2026-01-02T13:00:00Z'))?.reason, 'CertificateExpired')
    assert.equal(nearEnd(waitingReport(), NOON), undefined)
  })

  it('is another reason to wait, not another sentence', () => {
    assert.equal(otherReason(credentialReport(), credentialReport()), undefined)
    assert.equal(otherReason(credentialReport(), waitingReport())?.reason, 'CertificateWaiting')
    assert.equal(otherReason(waitingReport(), waitingReport()), undefined)
  })
})

describe('the log of events', () => {
  const happening = { type: 'Normal', reason: 'A', message: 'a' } as const

  it('counts what happens again', () => {
    const log = eventLog()
    const later = new Date(NOON.getTime() + 1_000)
    const first = log.note(happening, NOON)
    assert.ok(first)
    assert.deepEqual(first, { ...happening, id: first.id, first: NOON, last: NOON, count: 1 })
    assert.deepEqual(log.note(happening, later), { ...first, last: later, count: 2 })
    const other = log.note({ ...happening, message: 'b' }, NOON)
    assert.equal(other?.count, 1)
    assert.notEqual(other.id, first.id)
  })

  it('lets 25 through at once, and then one each five minutes', () => {
    const log = eventLog()
    const passed = (from: Date): number =>
      Array.from({ length: 40 }, (_, index) => log.note({ ...happening, message: `${index}` }, from)).filter(Boolean)
        .length
    assert.equal(passed(NOON), 25)
    assert.equal(passed(new Date(NOON.getTime() + 600_000)), 2)
  })

  it('cuts messages that the API server would refuse', () => {
    assert.equal(eventLog().note({ ...happening, message: 'x'.repeat(2_000) }, NOON)?.message.length, 1024)
  })
})

describe('events on the Node', () => {
  interface Event {
    metadata: { name: string }
    involvedObject: object
    source: object
    reason: string
    message: string
    type: string
    count: number
    lastTimestamp: string
  }
  async function eventsIn(lab: Lab): Promise<Event[]> {
    const { body } = await lab.admin('GET', '/api/v1/namespaces/default/events')
    return (body as { items: Event[] }).items
  }
  function recorder(kubeconfig: string): {
    events: EventRecorder
    clock: ReturnType<typeof manualClock>
    lines: string[]
  } {
    const clock = manualClock(NOON)
    const lines: string[] = []
    const log = createLog((line) => lines.push(line), { format: 'text', least: 'debug', now: () => NOON })
    const connection = () => {
      const kubeConfig = new KubeConfig()
      kubeConfig.loadFromFile(kubeconfig)
      return connectionTo(kubeConfig, { clock: systemClock, random: () => 0, onProblem: () => undefined })
    }
    return { events: recordEvents({ connection, clock, log, signal: new AbortController().signal }), clock, lines }
  }
  const { certificate } = credentialReport()
  assert.ok(certificate)
  const rotated = { kind: 'rotated', purpose: 'client', currentPath: '/c', pairPath: '/p', certificate } as const

  it('are written with the node’s own credential, like the kubelet’s, and counted', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const { events, clock } = recorder(node.path('kubelet.conf'))
    events.changed(agentReport())
    events.happened(rotated)
    await events.idle()
    await clock.sleep(5_000)
    events.happened(rotated)
    await events.idle()
    const [event, ...others] = await eventsIn(node.lab)
    assert.equal(others.length, 0)
    assert.ok(event)
    assert.equal(event.count, 2)
    assert.equal(event.lastTimestamp, '2026-01-01T12:00:05Z')
    assert.equal(event.message, 'New client certificate, valid until 2026-01-02T12:00:00.000Z')
    assert.deepEqual(event.involvedObject, { kind: 'Node', name: 'n1', uid: 'n1' })
    assert.deepEqual(event.source, { component: 'certlet', host: 'n1' })
    assert.match(event.metadata.name, /^n1\.[0-9a-f]+$/)
    assert.equal(node.lab.requests.at(-1)?.path, '/api/v1/namespaces/default/events')
    assert.ok(node.lab.requests.some(({ method, user }) => method === 'PUT' && user === 'system:node:n1'))
  })

  it('are created anew when the API server has forgotten them', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const { events } = recorder(node.path('kubelet.conf'))
    events.changed(agentReport())
    events.happened(rotated)
    await events.idle()
    const [before] = await eventsIn(node.lab)
    await node.lab.admin('DELETE', `/api/v1/namespaces/default/events/${before?.metadata.name ?? ''}`)
    events.happened(rotated)
    await events.idle()
    assert.deepEqual(
      (await eventsIn(node.lab)).map(({ count }) => count),
      [2],
    )
  })

  it('wait for a credential to write them with, and tell of an end once', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const { events, clock } = recorder(node.path('kubelet.conf'))
    events.changed(agentReport({ client: waitingReport() }))
    await events.idle()
    assert.equal((await eventsIn(node.lab)).length, 0)
    events.changed(agentReport())
    await clock.sleep(79_200_000) // ten o’clock of the next day
    events.alive()
    events.alive()
    await events.idle()
    assert.deepEqual((await eventsIn(node.lab)).map(({ reason, count }) => `${reason} ${count}`).sort(), [
      'CertificateExpiresSoon 1',
      'CertificateWaiting 1',
    ])
  })

  it('that cannot be written are lost, and nothing else is', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('kubelet.conf'), node.lab.bootstrapKubeconfig())
    const { events, lines } = recorder(node.path('kubelet.conf'))
    events.changed(agentReport())
    events.happened(rotated)
    await events.idle()
    assert.equal((await eventsIn(node.lab)).length, 0)
    assert.match(lines.join(''), /debug: an event could not be written .*reason=CertificateRotated/)
    assert.ok(lines.every((line) => !line.includes(node.lab.token)))
  })

  it('need no kubeconfig to be there', async () => {
    const lines: string[] = []
    const events = recordEvents({
      connection: () => {
        throw new CertletError('KUBECONFIG_MISSING', 'no kubeconfig')
      },
      clock: manualClock(NOON),
      log: createLog((line) => lines.push(line), { format: 'text', least: 'debug', now: () => NOON }),
      signal: new AbortController().signal,
    })
    events.changed(agentReport())
    events.happened(rotated)
    await events.idle()
    assert.equal(lines.length, 1)
  })
})
