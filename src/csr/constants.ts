/** What a certificate is for: the node as a client of the API server, or the node's own TLS server. */
export type Purpose = 'client' | 'serving'

/** Who signs. Source: k8s.io/api certificates/v1, KubeAPIServerClientKubeletSignerName and KubeletServingSignerName. */
export const SIGNER_NAMES = {
  client: 'kubernetes.io/kube-apiserver-client-kubelet',
  serving: 'kubernetes.io/kubelet-serving',
} as const satisfies Record<Purpose, string>

/**
 * Generations of kubelets whose requests differ: up to 1.26 `key encipherment` was sent for every key (kubernetes/kubernetes#111660);
 * up to 1.30 a serving request could do without an IP address (kubernetes/kubernetes#125813).
 */
export const EMULATIONS = ['1.26', '1.27', '1.36'] as const
export type Emulation = (typeof EMULATIONS)[number]
export const NEWEST_EMULATION: Emulation = '1.36'

/** Whether a kubelet of that generation sends a serving request that has DNS names only. Source: gate AllowDNSOnlyNodeCSR. */
export function dnsOnlyAllowed(emulation: Emulation): boolean {
  return emulation !== '1.36'
}

export type Usage = 'digital signature' | 'key encipherment' | 'client auth' | 'server auth'

/**
 * The usages of a request, in the order in which the kubelet sends them (its name depends on it).
 * Source: client-go util/certificate, DefaultKubeletClientGetUsages and DefaultKubeletServingGetUsages.
 */
export function requestUsages({
  purpose,
  keyType,
  emulation = NEWEST_EMULATION,
}: {
  purpose: Purpose
  /** As in `KEY_TYPES`; only whether it is an RSA key matters. */
  keyType: string
  emulation?: Emulation
}): Usage[] {
  const auth = purpose === 'client' ? 'client auth' : 'server auth'
  const encipherment = emulation === '1.26' || keyType.startsWith('rsa-')
  return encipherment ? ['digital signature', 'key encipherment', auth] : ['digital signature', auth]
}

/** Least `expirationSeconds` that the API server accepts. Source: pkg/apis/certificates/validation/validation.go. */
export const MINIMUM_EXPIRATION_SECONDS = 600
