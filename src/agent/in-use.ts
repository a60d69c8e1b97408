import type { Certificate } from '../csr/certificate.ts'
import type { Judged } from './judge.ts'
import type { AgentEvent, CertificateReport } from './report.ts'
import { certificateReport } from './reporter.ts'
import { drawOf } from './rotation.ts'
import type { Task } from './task.ts'

/** The certificate of a judged credential, as it is reported, even if it cannot be used. */
export function reportOf(judged: Judged): CertificateReport | undefined {
  const certificate = certificateOf(judged)
  return certificate && certificateReport(certificate, judged.kind === 'usable' ? drawOf(pemOf(judged)) : 0)
}

/** The certificate in use as text; empty while none can be used. */
export function pemOf(judged: Judged): string {
  return judged.kind === 'usable' ? judged.certificate.certificatePem : ''
}

/** Why a rotation should happen before it is due. */
export function becauseOf(asked: boolean, underWay: boolean): string | undefined {
  if (asked) return 'it was asked for'
  return underWay ? 'a request of ours is under way already' : undefined
}

/** The event of a new credential in use. @param replaced - what was there before. */
export function rotatedEvent(
  { purpose, store, context: { clock } }: Task,
  certificate: CertificateReport,
  replaced: Judged,
): AgentEvent {
  const before = certificateOf(replaced)
  const age = before && (clock.now().getTime() - before.notBefore.getTime()) / 1000
  return {
    kind: 'rotated',
    purpose,
    ...(age !== undefined && { replacedAgeSeconds: age }),
    currentPath: store.currentPath,
    pairPath: store.currentPair() ?? store.currentPath,
    certificate,
  }
}

function certificateOf(judged: Judged): Certificate | undefined {
  return judged.kind === 'usable' ? judged.certificate : judged.kind === 'unusable' ? judged.found : undefined
}
