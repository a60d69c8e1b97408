import type { AgentReport, CredentialReport } from '../../src/agent/report.ts'

/** Where the clock of these reports stands. */
export const NOON = new Date('2026-01-01T12:00:00Z')

/** A sound client credential: from an hour ago to a day from now, but for what is said otherwise. */
export function credentialReport(but: Partial<CredentialReport> = {}): CredentialReport {
  return {
    purpose: 'client',
    ready: true,
    certificate: {
      subject: 'O=system:nodes, CN=system:node:n1',
      issuer: 'CN=kubernetes',
      serial: '1',
      names: [],
      notBefore: new Date('2026-01-01T11:00:00Z'),
      notAfter: new Date('2026-01-02T12:00:00Z'),
      rotateAt: new Date('2026-01-02T07:00:00Z'),
    },
    ...but,
  }
}

/** A credential that waits for an approver, a minute long. */
export function waitingReport(but: Partial<CredentialReport> = {}): CredentialReport {
  const since = new Date('2026-01-01T11:59:00Z')
  return {
    purpose: 'client',
    ready: false,
    waiting: { reason: 'approval', sentence: '"csr-1" waits for an approver', since },
    request: { name: 'csr-1', since },
    ...but,
  }
}

export function agentReport(but: Partial<AgentReport> = {}): AgentReport {
  return { nodeName: 'n1', client: credentialReport(), ...but }
}
