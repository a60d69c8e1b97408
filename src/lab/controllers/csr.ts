/** CertificateSigningRequest (certificates.k8s.io/v1) as JSON has it: times are RFC 3339 texts, octets are base64. */
export interface CertificateSigningRequest {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly creationTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    /** Base64 of a PEM text. */
    readonly request: string
    readonly signerName: string
    readonly usages?: readonly string[]
    readonly expirationSeconds?: number
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: Readonly<Record<string, readonly string[]>>
  }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    /** Base64 of a PEM text. */
    readonly certificate?: string
  }
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastUpdateTime?: string
  readonly lastTransitionTime?: string
}

/** Signers of Kubernetes itself. Source: staging/src/k8s.io/api/certificates/v1/types.go. */
export const Signer = {
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  client: 'kubernetes.io/kube-apiserver-client',
} as const

/** The PEM text of `spec.request`, octets as latin1. */
export const requestPem = ({ spec }: CertificateSigningRequest): string =>
  Buffer.from(spec.request, 'base64').toString('latin1')

/** The PEM text of `status.certificate`; undefined when nothing was issued. */
export function certificatePem({ status }: CertificateSigningRequest): string | undefined {
  return status?.certificate ? Buffer.from(status.certificate, 'base64').toString('latin1') : undefined
}

export const isIssued = ({ status }: CertificateSigningRequest): boolean => Boolean(status?.certificate)

export const conditionsOf = ({ status }: CertificateSigningRequest): readonly Condition[] => status?.conditions ?? []

/** Whatever its status says. */
export const hasCondition = (csr: CertificateSigningRequest, type: string): boolean =>
  conditionsOf(csr).some((condition) => condition.type === type)

/** The same request with one more condition. */
export function withCondition(csr: CertificateSigningRequest, condition: Condition): CertificateSigningRequest {
  return { ...csr, status: { ...csr.status, conditions: [...conditionsOf(csr), condition] } }
}

/** The same request with a certificate. */
export function withCertificate(csr: CertificateSigningRequest, pem: string): CertificateSigningRequest {
  return { ...csr, status: { ...csr.status, certificate: Buffer.from(pem).toString('base64') } }
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export const timestamp = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z')
