import { fail, type Finding, ok, warn } from '../finding.ts'

/** Who works on the folder, as far as this machine shows it. */
export interface AtWork {
  /** Whether another certlet holds the folder's lock. */
  readonly locked: boolean
  /** Whether that is a daemon, which answers on its socket. */
  readonly daemon: boolean
  /** Process ids of kubelets. */
  readonly kubelets: readonly number[]
}

/** Whether somebody else makes credentials on this machine. Pure. */
export function atWorkFinding({ locked, daemon, kubelets }: AtWork, certDir: string): Finding {
  const name = 'at-work'
  if (locked || daemon) {
    return daemon
      ? fail(
          name,
          'LOCKED',
          `\`certlet run\` works on "${certDir}"`,
          'nothing has to be done by hand: it gets and renews the credentials; `certlet status` tells how far it is',
        )
      : fail(name, 'LOCKED', `another certlet works on "${certDir}"`)
  }
  if (kubelets.length === 0) return ok(name, 'no other certlet, and no kubelet')
  return warn(
    name,
    `a kubelet runs (process ${kubelets.join(', ')}), and may ask for credentials of its own`,
    'stop it until they are there (systemctl stop kubelet); beside `certlet run` it needs rotateCertificates: false',
  )
}
