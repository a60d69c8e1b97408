import type { Emulation } from '../csr/constants.ts'
import type { KeyType } from '../identity/key-pair.ts'
import type { MachineNetwork } from '../identity/machine-address.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import type { BootstrapSource } from '../kubeconfig/bootstrap-kubeconfig.ts'

/** Everything that a bootstrap is told, checked; see `certlet bootstrap --help` for the meaning of each. */
export interface BootstrapSettings {
  readonly identity: NodeIdentity
  readonly source: BootstrapSource
  /** Absolute paths. */
  readonly kubeconfigPath: string
  readonly certDir: string
  readonly keyType: KeyType
  readonly emulation: Emulation
  /** Requested lifetime of the certificates, s. */
  readonly expirationSeconds?: number
  readonly timeoutMs: number
  /** Absent: no serving credential. */
  readonly serving?: ServingSettings
  /** How many pairs before the current one are kept. */
  readonly keepPairs: number
  readonly keepBootstrapKubeconfig: boolean
  readonly allowInsecure: boolean
}

export interface ServingSettings {
  readonly timeoutMs: number
  readonly nodeIps: readonly string[]
  readonly sans: readonly string[]
  /** Looked at only when neither flags nor the Node object give an address. */
  readonly machineNetwork: () => MachineNetwork
}
