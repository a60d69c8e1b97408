import type { Clock } from '../clock.ts'
import type { Certificate } from '../csr/certificate.ts'
import type { Purpose } from '../csr/constants.ts'
import type { Log } from '../log.ts'
import { notable, sayClockSkew } from './clock-skew.ts'
import type { AgentEvent, AgentObserver, AgentReport, CertificateReport, CredentialReport, Waiting } from './report.ts'
import { rotationTime } from './rotation.ts'
import type { Why } from './why.ts'

/** What is known of one credential; undefined takes back what was said before. */
export interface CredentialState {
  readonly certificate: CertificateReport | undefined
  readonly ready: boolean
  readonly waiting: Why | undefined
  readonly request: CredentialReport['request'] | undefined
}

/** Where the loops say how things are. Each change goes to the observers; each change of what is waited for to the log as well. */
export interface Reporter {
  report(): AgentReport
  update(purpose: Purpose, change: Partial<CredentialState>): void
  /** The server's clock minus ours, ms. It is said once when it becomes notable. */
  clockSkew(ms: number): void
  happened(event: AgentEvent): void
  alive(): void
}

export function createReporter({
  nodeName,
  purposes,
  observers,
  log,
  clock,
}: {
  nodeName: string
  purposes: readonly Purpose[]
  observers: readonly AgentObserver[]
  log: Log
  clock: Clock
}): Reporter {
  const nothing = { ready: false }
  let report: AgentReport = {
    nodeName,
    client: { purpose: 'client', ...nothing },
    ...(purposes.includes('serving') && { serving: { purpose: 'serving', ...nothing } }),
  }

  /** An observer that fails is no reason for the node to lose its credentials. */
  const tell = (what: (observer: AgentObserver) => void): void => {
    for (const observer of observers) {
      try {
        what(observer)
      } catch (error) {
        log.warn('an observer of the agent failed', { error: error instanceof Error ? error.name : typeof error })
      }
    }
  }

  let text = ''
  const set = (next: AgentReport): void => {
    const nextText = JSON.stringify(next)
    if (nextText === text) return
    text = nextText
    report = next
    tell((observer) => observer.changed?.(next))
  }

  return {
    report: () => report,
    update: (purpose, change) => {
      const before = report[purpose]
      if (!before) return
      const waiting = 'waiting' in change ? waitingSince(before.waiting, change.waiting, clock.now()) : before.waiting
      if (waiting && waiting.sentence !== before.waiting?.sentence) sayWhy(log, purpose, waiting)
      const { certificate, ready, request } = { ...before, ...change }
      const after: CredentialReport = {
        purpose,
        ready,
        ...(certificate && { certificate }),
        ...(waiting && { waiting }),
        ...(request && { request }),
      }
      set({ ...report, [purpose]: after })
    },
    clockSkew: (ms) => {
      const skewed = notable(ms)
      if (skewed && !notable(report.clockSkewMs ?? 0)) sayClockSkew(log, ms)
      set({ ...report, clockSkewMs: Math.round(ms / 1000) * 1000 })
    },
    happened: (event) => {
      tell((observer) => observer.happened?.(event))
    },
    alive: () => {
      tell((observer) => observer.alive?.())
    },
  }
}

/** What is reported of a certificate. @param draw - see drawOf. */
export function certificateReport(certificate: Certificate, draw: number): CertificateReport {
  const { subject, issuer, serial, subjectAltNames, notBefore, notAfter } = certificate
  const names = [...subjectAltNames.dnsNames, ...subjectAltNames.ipAddresses]
  return { subject, issuer, serial, names, notBefore, notAfter, rotateAt: rotationTime(certificate, draw) }
}

/** A reason keeps its beginning as long as it stays the same. */
function waitingSince(before: Waiting | undefined, why: Why | undefined, now: Date): Waiting | undefined {
  return why && { ...why, since: before?.reason === why.reason ? before.since : now }
}

function sayWhy(log: Log, purpose: Purpose, { reason, sentence }: Waiting): void {
  const ordinary = reason === 'approval' || reason === 'signing' || reason === 'no-client-credential'
  log[ordinary ? 'info' : 'warn'](sentence, { purpose, reason })
}
