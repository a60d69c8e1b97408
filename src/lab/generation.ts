/** Generations of Kubernetes that the lab can play, and what differs between them where certificates are concerned. */

export const generationNames = ['1.26', '1.31', '1.36'] as const
export type GenerationName = (typeof generationNames)[number]

export interface Generation {
  name: GenerationName
  minor: number
  /** `authentication.k8s.io/v1` SelfSubjectReview (stable since 1.28). */
  selfSubjectReview: boolean
  /** Aggregated discovery (beta, on, since 1.27; `v2` since 1.30). */
  aggregatedDiscovery: readonly string[]
  /** NodeRestriction looks at the CN of CSRs (AllowInsecureKubeletCertificateSigningRequests off, since 1.31). */
  nodeRestrictionOnCsr: boolean
  /** Objects print `creationTimestamp: null` (until `omitzero` came with 1.34). */
  nullCreationTimestamp: boolean
  wellKnownInDiscovery: boolean
}

export function generationOf(name: GenerationName): Generation {
  const minor = Number(name.slice(2))
  return {
    name,
    minor,
    selfSubjectReview: minor >= 28,
    aggregatedDiscovery: minor >= 30 ? ['v2', 'v2beta1'] : minor >= 27 ? ['v2beta1'] : [],
    nodeRestrictionOnCsr: minor >= 31,
    nullCreationTimestamp: minor < 34,
    wellKnownInDiscovery: minor === 26,
  }
}
