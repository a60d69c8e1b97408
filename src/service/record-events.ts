import type { AgentObserver, AgentReport, CredentialReport } from '../agent/report.ts'
import type { Clock } from '../clock.ts'
import { CertletError } from '../errors.ts'
import type { Connection } from '../kube/connection.ts'
import { type NodeEvent, writeNodeEvent } from '../kube/node-events.ts'
import type { Log } from '../log.ts'
import { eventLog, type Happening } from './event-log.ts'

/** With less than this part of its lifetime left, a certificate is close to its end. */
const CLOSE_TO_ITS_END = 0.1

/** Events that wait for a credential to write them with; of more the oldest go. */
const MOST_WAITING = 25

export interface RecordEventsOptions {
  /** The connection with the node's own credential. @throws CertletError when there is none. */
  readonly connection: () => Connection
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

export interface EventRecorder extends Required<AgentObserver> {
  /** Resolves when nothing is being written. */
  idle(): Promise<void>
}

/**
 * Writes Kubernetes Events on the Node: rotated, waiting for another reason, close to expiry, expired. With the node's own credential,
 * so what happens before there is one is written once it is accepted. What cannot be written then is lost: the log has it all.
 */
export function recordEvents({ connection, clock, log, signal }: RecordEventsOptions): EventRecorder {
  const events = eventLog()
  const waiting: NodeEvent[] = []
  /** Certificates whose end has been told of, by purpose: serial and how near it was. */
  const toldEnds = new Map<string, string>()
  let report: AgentReport | undefined
  let writing: Promise<void> | undefined

  function note(happening: Happening | undefined): void {
    const event = happening && events.note(happening, clock.now())
    if (!event) return
    waiting.push(event)
    if (waiting.length > MOST_WAITING) waiting.shift()
  }

  async function write(nodeName: string): Promise<void> {
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      try {
        await writeNodeEvent(connection(), nodeName, event, signal)
      } catch (error) {
        if (signal.aborted) break
        if (!(error instanceof CertletError)) throw error
        log.debug('an event could not be written', { reason: event.reason, error: error.message })
      }
    }
    writing = undefined
  }

  function flush(): void {
    if (report?.client.ready && waiting.length > 0) writing ??= write(report.nodeName)
  }

  function lookAtEnds(): void {
    for (const credential of credentialsOf(report)) {
      const found = nearEnd(credential, clock.now())
      const key = `${credential.certificate?.serial ?? ''} ${found?.reason ?? ''}`
      if (!found || toldEnds.get(credential.purpose) === key) continue
      toldEnds.set(credential.purpose, key)
      note(found)
    }
  }

  return {
    changed: (latest) => {
      for (const credential of credentialsOf(latest)) note(otherReason(report?.[credential.purpose], credential))
      report = latest
      lookAtEnds()
      flush()
    },
    happened: (event) => {
      if (event.kind === 'rotated') {
        const until = event.certificate.notAfter.toISOString()
        note({
          type: 'Normal',
          reason: 'CertificateRotated',
          message: `New ${event.purpose} certificate, valid until ${until}`,
        })
      }
      flush()
    },
    alive: () => {
      lookAtEnds()
      flush()
    },
    idle: () => writing ?? Promise.resolve(),
  }
}

function credentialsOf(report: AgentReport | undefined): CredentialReport[] {
  if (!report) return []
  return report.serving ? [report.client, report.serving] : [report.client]
}

/** What to say when a credential waits for another reason than before. Pure. */
export function otherReason(
  before: CredentialReport | undefined,
  { purpose, waiting }: CredentialReport,
): Happening | undefined {
  if (!waiting || waiting.reason === before?.waiting?.reason) return undefined
  return {
    type: 'Warning',
    reason: 'CertificateWaiting',
    message: `The ${purpose} certificate waits: ${waiting.sentence}`,
  }
}

/** What to say of a certificate whose end is near or past. Pure. */
export function nearEnd({ purpose, certificate }: CredentialReport, now: Date): Happening | undefined {
  if (!certificate) return undefined
  const { notBefore, notAfter } = certificate
  const left = notAfter.getTime() - now.getTime()
  if (left < 0) {
    const message = `The ${purpose} certificate expired at ${notAfter.toISOString()}`
    return { type: 'Warning', reason: 'CertificateExpired', message }
  }
  if (left >= CLOSE_TO_ITS_END * (notAfter.getTime() - notBefore.getTime())) return undefined
  const message = `The ${purpose} certificate expires at ${notAfter.toISOString()} and is not renewed yet`
  return { type: 'Warning', reason: 'CertificateExpiresSoon', message }
}
