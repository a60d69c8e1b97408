/** Generations of Kubernetes that the lab can play, and what differs between them where certificates are concerned. */

export type GenerationName = '1.26' | '1.31' | '1.36'

/** Features that can be switched on where a generation has them off, as kube-apiserver's --feature-gates. */
export const FEATURE_GATES = ['APISelfSubjectReview', 'AggregatedDiscoveryEndpoint'] as const
export type FeatureGate = (typeof FEATURE_GATES)[number]

export interface Generation {
  name: GenerationName
  minor: number
  /** Version of `authentication.k8s.io` with SelfSubjectReview (stable since 1.28; alpha and off by default in 1.26). */
  selfSubjectReview: 'v1' | 'v1alpha1' | undefined
  /** NodeRestriction looks at the CN of CSRs (AllowInsecureKubeletCertificateSigningRequests off, since 1.31). */
  nodeRestrictionOnCsr: boolean
  /** `sendInitialEvents` is an option of watches (since 1.27); before, it is not even looked at. */
  knowsSendInitialEvents: boolean
  /** Watches may send what there is as initial events (WatchList, on from 1.34). */
  watchList: boolean
  /** Versions of `apidiscovery.k8s.io` in which discovery tells everything at once (on since 1.27, `v2` since 1.30, alone since 1.33). */
  aggregatedDiscovery: readonly ('v2' | 'v2beta1')[]
  /** Users of client certificates carry the certificate's fingerprint as an extra (since 1.32). */
  credentialIds: boolean
  /** Discovery tells the singular names of resources (since 1.27). */
  singularNames: boolean
  /** ClusterRole system:discovery covers /.well-known. */
  wellKnownInDiscovery: boolean
  /** The cleaner removes requests that were approved a day ago and never issued (kubernetes/kubernetes#133116). */
  cleanerRemovesApproved: boolean
}

/** @param gates - switched on besides what the generation has on. */
export function generationOf(name: GenerationName, gates: readonly FeatureGate[] = []): Generation {
  const minor = Number(name.slice(2))
  return {
    name,
    minor,
    selfSubjectReview: minor >= 28 ? 'v1' : gates.includes('APISelfSubjectReview') ? 'v1alpha1' : undefined,
    nodeRestrictionOnCsr: minor >= 31,
    knowsSendInitialEvents: minor >= 27,
    watchList: minor >= 34,
    aggregatedDiscovery: aggregatedDiscoveryOf(minor, gates),
    credentialIds: minor >= 32,
    singularNames: minor >= 27,
    wellKnownInDiscovery: minor === 26,
    cleanerRemovesApproved: minor >= 36,
  }
}

function aggregatedDiscoveryOf(minor: number, gates: readonly FeatureGate[]): Generation['aggregatedDiscovery'] {
  if (minor >= 33) return ['v2']
  if (minor >= 30) return ['v2', 'v2beta1']
  return minor >= 27 || gates.includes('AggregatedDiscoveryEndpoint') ? ['v2beta1'] : []
}
