/** The cluster or lab that is probed, and what it is probed with. */
import type { KubeConfig } from '@kubernetes/client-node'
import type { Connection } from '../../kube/connection.ts'

/** A credential that somebody handed over. */
export interface Credential {
  readonly kubeConfig: KubeConfig
  readonly connection: Connection
}

/** What a lab can be told, between two cases. */
export interface LabControls {
  readonly setApproval: (settings: object) => void
  readonly setSigning: (settings: object) => void
  /** Back to how it was told to approve and sign at the start. */
  readonly restore: () => void
}

export interface ProbeTarget {
  /** Whoever the kubeconfig says: looks after the requests, and impersonates others where it may. */
  readonly self: Credential
  /** A bootstrap kubeconfig, where one was given. */
  readonly bootstrap?: Credential
  /** Makes connections with credentials that the probe obtains. */
  readonly connect: (kubeConfig: KubeConfig) => Connection
  /** Of a lab in this process; undefined for a cluster. */
  readonly lab?: LabControls
  /** CA of the signer, PEM, where it is known. */
  readonly signerCaPem?: string
}
