import type { CertificateSigningRequest } from './csr.ts'

/** What the controllers need of an API server; the lab's own storage answers it in process. */
export interface CsrControllerApi {
  /**
   * Tells of every object there is, then of every one that is created or changed.
   * @param tell - is called while the change is made: it must not itself change anything before it returns.
   * @returns never; rejects with the signal's reason when it aborts.
   */
  follow(tell: (csr: CertificateSigningRequest) => void, signal: AbortSignal): Promise<never>
  /** Undefined when it is not there (any more). */
  get(name: string): Promise<CertificateSigningRequest | undefined>
  /** @throws an error whose `status` is 409 when the object has changed since it was read, 404 when it is gone. */
  updateApproval(csr: CertificateSigningRequest): Promise<CertificateSigningRequest>
  /** @throws as updateApproval. */
  updateStatus(csr: CertificateSigningRequest): Promise<CertificateSigningRequest>
  /** As updateStatus, without the validation of an API server: for faults that no real one would let through. */
  forceStatus(csr: CertificateSigningRequest): Promise<CertificateSigningRequest>
  /** Deletes the object if it still has this UID. */
  delete(name: string, uid: string | undefined): Promise<void>
  subjectAccessReview(spec: SubjectAccessReviewSpec): Promise<{ allowed: boolean; reason?: string }>
}

/** `spec` of a SubjectAccessReview (authorization.k8s.io/v1) about a resource. */
export interface SubjectAccessReviewSpec {
  readonly user: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  readonly resourceAttributes: {
    readonly group: string
    readonly version: string
    readonly resource: string
    readonly subresource: string
    readonly verb: string
  }
}

/** The HTTP status that an API error carries. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined
}
