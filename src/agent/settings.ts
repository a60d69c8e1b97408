import type { Emulation } from '../csr/constants.ts'
import type { KeyType } from '../identity/key-pair.ts'
import type { MachineNetwork } from '../identity/machine-address.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import type { BootstrapSource } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { CaPublication } from '../kube/published-ca.ts'

/** What both a bootstrap and the daemon are told, checked; see `certlet bootstrap --help` for the meaning of each. */
export interface AgentSettings {
  readonly identity: NodeIdentity
  readonly source: BootstrapSource
  /** Absolute paths. */
  readonly kubeconfigPath: string
  readonly certDir: string
  readonly keyType: KeyType
  readonly emulation: Emulation
  /** Requested lifetime of the certificates, s. */
  readonly expirationSeconds?: number
  /** Absent: no serving credential. */
  readonly serving?: ServingSettings
  /** How many pairs before the current one are kept. */
  readonly keepPairs: number
  readonly keepBootstrapKubeconfig: boolean
  readonly allowInsecure: boolean
}

export interface BootstrapSettings extends AgentSettings {
  /** How long to wait for each certificate, ms. */
  readonly timeoutMs: number
  readonly servingTimeoutMs: number
}

/** What the daemon is told beyond that. */
export interface RunSettings extends AgentSettings {
  /** CA bundle of the API server that is taken into the kubeconfig whenever it changes. */
  readonly caFile?: string
  /** Where the cluster publishes its CA, from which what stands in the kubeconfig is refreshed; absent: it stays as it is. */
  readonly refreshCa?: CaPublication
  /** Whether a serving certificate is replaced too when one of its names is no longer wanted. */
  readonly dropStaleSans: boolean
}

export interface ServingSettings {
  readonly nodeIps: readonly string[]
  readonly sans: readonly string[]
  /** Looked at only when neither flags nor the Node object give an address. */
  readonly machineNetwork: () => MachineNetwork
}

/** The files that an operator hands to certlet while it runs. */
export function filesGiven({ source, caFile }: RunSettings): string[] {
  return [...(source.kind === 'stdin' ? [] : [source.path]), ...(caFile === undefined ? [] : [caFile])]
}
