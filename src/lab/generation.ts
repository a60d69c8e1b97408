/** Generations of Kubernetes that the lab can play, and what differs between them where certificates are concerned. */

export type GenerationName = '1.26' | '1.31' | '1.36'

export interface Generation {
  name: GenerationName
  minor: number
  /** `authentication.k8s.io/v1` SelfSubjectReview (stable since 1.28). */
  selfSubjectReview: boolean
  /** NodeRestriction looks at the CN of CSRs (AllowInsecureKubeletCertificateSigningRequests off, since 1.31). */
  nodeRestrictionOnCsr: boolean
  /** `sendInitialEvents` is an option of watches (since 1.27); before, it is not even looked at. */
  knowsSendInitialEvents: boolean
  /** Watches may send what there is as initial events (WatchList, on from 1.34). */
  watchList: boolean
  /** Discovery tells the singular names of resources (since 1.27). */
  singularNames: boolean
  /** ClusterRole system:discovery covers /.well-known. */
  wellKnownInDiscovery: boolean
  /** The cleaner removes requests that were approved a day ago and never issued (kubernetes/kubernetes#133116). */
  cleanerRemovesApproved: boolean
}

export function generationOf(name: GenerationName): Generation {
  const minor = Number(name.slice(2))
  return {
    name,
    minor,
    selfSubjectReview: minor >= 28,
    nodeRestrictionOnCsr: minor >= 31,
    knowsSendInitialEvents: minor >= 27,
    watchList: minor >= 34,
    singularNames: minor >= 27,
    wellKnownInDiscovery: minor === 26,
    cleanerRemovesApproved: minor >= 36,
  }
}
