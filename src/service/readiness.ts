import type { AgentReport, CredentialReport } from '../agent/report.ts'

/** Whether all wanted credentials are in place and proven, and one line for each of them. */
export interface Readiness {
  readonly ready: boolean
  /** `client: in place and proven, until 2026-…`, or which is missing and why. */
  readonly lines: readonly string[]
}

/** What the report says at this moment: a certificate may have expired since it was made. Pure. */
export function isReady({ ready, certificate }: CredentialReport, now: Date): boolean {
  return ready && certificate !== undefined && now <= certificate.notAfter
}

/** Readiness by the latest report; without one the agent has not looked yet. Pure. */
export function readiness(report: AgentReport | undefined, now: Date): Readiness {
  if (!report) return { ready: false, lines: ['starting: the credentials have not been looked at yet'] }
  const wanted = report.serving ? [report.client, report.serving] : [report.client]
  return { ready: wanted.every((one) => isReady(one, now)), lines: wanted.map((one) => describe(one, now)) }
}

function describe(credential: CredentialReport, now: Date): string {
  const { purpose, certificate, waiting } = credential
  const until = certificate?.notAfter.toISOString()
  if (isReady(credential, now)) {
    const due = certificate !== undefined && certificate.rotateAt <= now
    const meanwhile = waiting ? `; ${due ? 'not renewed yet' : 'meanwhile'}: ${waiting.sentence}` : ''
    return `${purpose}: in place and proven, until ${until ?? ''}${meanwhile}`
  }
  const expired = certificate && now > certificate.notAfter ? `expired at ${until ?? ''}` : undefined
  const missing = certificate ? 'not proven yet' : 'not there yet'
  return `${purpose}: ${[expired ?? missing, waiting?.sentence].filter((part) => part !== undefined).join(': ')}`
}
