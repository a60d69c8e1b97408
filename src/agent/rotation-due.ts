import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { CertificateReport } from './report.ts'

/** The least time for which a certificate that is due when it comes is kept all the same, ms. */
const LEAST_KEPT_MS = 60_000

/** When the certificate in use is replaced. */
export interface RotationDue {
  /** A new certificate has come into use. */
  renewed(certificate: CertificateReport): void
  /** The drawn moment; a later one for a certificate that was due already when it came. */
  of(certificate: CertificateReport): Date
}

/**
 * Keeps rotations apart. By a clock that is ahead, yet within the life of a certificate, each new one is due at once, and the one after
 * it: such a certificate is kept for half of what that clock leaves of it. A kubelet asks for one each second then. Source: client-go
 * util/certificate/certificate_manager.go, Start.
 */
export function rotationDue({ clock, log }: { clock: Clock; log: Log }): RotationDue {
  let kept: { readonly serial: string; readonly until: Date } | undefined
  return {
    renewed: ({ serial, rotateAt, notAfter }) => {
      kept = undefined
      const now = clock.now().getTime()
      if (rotateAt.getTime() > now) return
      kept = { serial, until: new Date(now + Math.max(LEAST_KEPT_MS, (notAfter.getTime() - now) / 2)) }
      log.warn(
        'the new certificate is due already, by this machine’s clock, which may be wrong; it is kept for a while',
        {
          until: kept.until.toISOString(),
        },
      )
    },
    of: ({ serial, rotateAt }) => {
      if (rotateAt > clock.now()) kept = undefined // the clock was set right
      return kept?.serial === serial ? kept.until : rotateAt
    },
  }
}
