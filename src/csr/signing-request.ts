/** A condition of a request. Source: pkg/apis/certificates/types.go, CertificateSigningRequestCondition. */
export interface Condition {
  readonly type: string
  readonly reason: string
  readonly message: string
}

/** A CertificateSigningRequest as the API server holds it, as far as certlet uses it. */
export interface SigningRequest {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly signerName: string
  /** PEM of the PKCS#10 request. */
  readonly request: string
  readonly usages: readonly string[]
  readonly expirationSeconds?: number
  /** Who made it. */
  readonly username: string
  readonly createdAt?: Date
  readonly conditions: readonly Condition[]
  /** PEM, as issued. */
  readonly certificate?: string
}

/** What is sent to make one. */
export type NewSigningRequest = Pick<SigningRequest, 'name' | 'signerName' | 'request' | 'usages' | 'expirationSeconds'>

/** Something that happened to the one request that is looked at. */
export type SigningRequestEvent =
  { readonly kind: 'present'; readonly request: SigningRequest } | { readonly kind: 'deleted' }

/** The certificates API, as far as a node may use it (create, get, list, watch: no delete, no update). */
export interface SigningRequestApi {
  /** @throws CertletError REQUEST_CONFLICT if the name is taken, and whatever the connection throws. */
  create(request: NewSigningRequest, signal: AbortSignal): Promise<SigningRequest>
  /** Undefined if there is none of that name. */
  read(name: string, signal: AbortSignal): Promise<SigningRequest | undefined>
  /**
   * The request's changes, for ever: a watch that ends, an expired resource version and a lost connection are followed by a new list
   * and watch. Leaving the loop ends the watch.
   * @param from - resource version that the caller has already seen; without it the present state comes first.
   */
  changes(name: string, from: string | undefined, signal: AbortSignal): AsyncIterable<SigningRequestEvent>
}

/** What an early watch takes of the certificates API. */
export interface SigningRequestWatch {
  /**
   * One watch of a name, of which there need be no object yet: the present state first, then changes. It ends when the watch ends.
   * @throws CertletError if the watch is refused or cannot be begun; the signal's reason.
   */
  watch(name: string, signal: AbortSignal): AsyncIterable<SigningRequestEvent>
}
