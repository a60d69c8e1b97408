/** What the page's server tells its browser part, and the other way round: types alone, for both. Times are ms since 1970. */

export type RequestState = 'pending' | 'approved' | 'denied' | 'failed' | 'issued'

/** A line in the list of requests. */
export interface RequestSummary {
  readonly name: string
  readonly state: RequestState
  readonly signer: string
  readonly requestor: string
  readonly commonName: string
  readonly createdAt: number
}

/** A step on a request's way. */
export interface Moment {
  readonly step: 'created' | 'approved' | 'denied' | 'failed' | 'signed' | 'delivered'
  /** Undefined where it happened and nobody knows when. */
  readonly at?: number
  /** Whether the time was seen as it happened; else it is the object's, in whole seconds. */
  readonly seen: boolean
}

export interface ConditionView {
  readonly type: string
  readonly reason: string
  readonly message: string
}

export interface OpinionView {
  readonly who: string
  readonly says: 'approve' | 'deny' | 'nothing' | 'sign' | 'fail'
  readonly why: string
}

export interface CertificateView {
  readonly serial: string
  readonly notBefore: number
  readonly notAfter: number
}

/** All that is known of one request. */
export interface RequestDetail extends RequestSummary {
  /** Attributes in the order in which they stand, such as `O` and `system:nodes`. */
  readonly subject: readonly { readonly type: string; readonly value: string }[]
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly emailAddresses: readonly string[]
  readonly uris: readonly string[]
  readonly usages: readonly string[]
  readonly groups: readonly string[]
  readonly expirationSeconds?: number
  /** Such as `ECDSA P-256`. */
  readonly key: string
  /** SHA-256 of the SubjectPublicKeyInfo, hex. */
  readonly keyDigest: string
  /** Further extensions that are asked for, which no signer takes over. */
  readonly extensions: readonly string[]
  /** Why the request cannot be read, where it cannot. */
  readonly unreadable?: string
  readonly conditions: readonly ConditionView[]
  readonly certificate?: CertificateView | 'unreadable'
  readonly moments: readonly Moment[]
  readonly opinions: readonly OpinionView[]
}

export interface NodeView {
  readonly name: string
  /** As kubectl shows it; undefined where there is no Node object. */
  readonly status?: string
  /** Ends of the latest certificates. */
  readonly clientUntil?: number
  readonly servingUntil?: number
  readonly seenAt?: number
  readonly requests: number
}

/** A bootstrap token without its secret. */
export interface TokenView {
  readonly id: string
  readonly description: string
  readonly expiresAt?: number
  readonly usages: readonly string[]
  readonly groups: readonly string[]
  readonly seenAt?: number
  readonly requests: number
}

export interface FaultView {
  readonly id: number
  readonly on: boolean
  /** Its fields as YAML would have them, in one line. */
  readonly text: string
}

export interface SettingsView {
  readonly mode: 'auto' | 'manual' | 'none' | 'deny'
  readonly rules: number
  readonly signing: boolean
  /** What the signer does wrong; empty for nothing. */
  readonly signingFault: string
  readonly signingFaults: readonly string[]
  readonly faults: readonly FaultView[]
}

/** A message of the stream. */
export interface Update {
  /** Everything that was told before is void. */
  readonly reset: boolean
  readonly requests: readonly RequestSummary[]
  readonly gone: readonly string[]
  readonly nodes: number
  readonly tokens: number
  readonly settings?: SettingsView
}
