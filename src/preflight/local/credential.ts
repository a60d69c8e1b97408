import type { ClientLook } from '../../agent/client-look.ts'
import { CertletError, unreachable } from '../../errors.ts'
import type { BootstrapKubeconfig } from '../../kubeconfig/bootstrap-kubeconfig.ts'
import { failedBy, type Finding, ok, warn } from '../finding.ts'

/**
 * What the client credential on disk is worth: one that cannot be used is no fault, a bootstrap replaces it.
 * @param bootstrap - where a new one would come from.
 */
export function credentialFinding(
  look: ClientLook | CertletError,
  bootstrap: BootstrapKubeconfig | CertletError,
): Finding {
  const name = 'credential'
  if (look instanceof CertletError) return failedBy(name, look)
  const { file, used, kubeconfig } = look
  switch (used.kind) {
    case 'absent':
      return ok(name, look.underWay ? 'none yet; a request is under way' : 'none yet')
    case 'unusable':
      return ok(name, `a new one is needed: ${used.why}`)
    case 'usable': {
      const until = `usable until ${used.certificate.notAfter.toISOString()}`
      const elsewhere = file.kind === 'readable' && !(bootstrap instanceof CertletError) && file.server.url
      if (elsewhere !== false && !(bootstrap instanceof CertletError) && elsewhere !== bootstrap.server.url) {
        return warn(
          name,
          `${until}, but at ${elsewhere}, not at ${bootstrap.server.url}: a bootstrap would keep it`,
          'if this machine is to leave that cluster, move the kubeconfig and the certificate folder away',
        )
      }
      return ok(name, kubeconfig.kind === 'usable' ? `${until}: nothing would be requested` : until)
    }
    default:
      return unreachable(used)
  }
}
