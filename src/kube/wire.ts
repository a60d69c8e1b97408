import type { CertletError } from '../errors.ts'

/** What carries requests to one API server with one credential: the network, or in tests a lab in the same process. */
export interface Wire {
  /** The server's clock minus ours by its last answer, ms, to the second; undefined before the first answer. */
  readonly clockSkewMs: number | undefined
  /** Sends a request and resolves when the head of the answer is there. @throws CertletError for a failed connection; the signal's reason. */
  open(request: OutgoingRequest): Promise<OpenResponse>
  /**
   * Begins to open so many connections for the requests that come next, where that is possible before there is one. One that fails is no
   * error: the request then makes its own, and says what is wrong. Disposing closes those that no request has.
   */
  openAhead(connections: number, signal: AbortSignal): Disposable
  /** Puts a connection that failed while an answer was read in words. */
  explain(error: unknown, url: URL): Promise<CertletError>
  /** Looks whether the credential or the CA has changed on disk; if so, what comes next goes by a new connection. @throws the signal's reason. */
  refresh(signal: AbortSignal): Promise<void>
  /** Another wire takes the place of this one: watches are told to end, and each connection ends when its request is done. */
  retire(): void
  /** Ends all connections; the process need not wait for them. */
  close(): void
}

export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  /** One that is sent several times has several values. */
  readonly headers?: Record<string, string | string[]>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** An answer whose body has not been read yet. */
export interface OpenResponse {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: AsyncIterable<Uint8Array>
  /** Aborts when the connection has been replaced by one with a newer credential: a watch on it should be opened anew. */
  readonly replaced: AbortSignal
}
