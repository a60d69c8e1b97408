/** What decides about requests where a case does not say what it expects. */
import type { Expectation } from './expectation.ts'
import type { RequestBody } from './request-body.ts'

/** Who sends a request, as the API server sees it. */
export interface Requestor {
  readonly username: string
  /** Without system:authenticated. */
  readonly groups: readonly string[]
  /** Whether it may create this subresource of certificatesigningrequests, by which the stock approver decides. */
  readonly mayCreate: Readonly<Record<'selfnodeclient' | 'nodeclient', boolean>>
  /** Whether it may create CertificateSigningRequests at all; true unless set. */
  readonly mayRequest?: boolean
}

/** What is known of the server. */
export interface Server {
  /** Minor version: 36 for Kubernetes 1.36. Its admission differs: see NodeRestriction from 31 on. */
  readonly minor: number
  /** Addresses of nodes by their names, as an approver finds them in Node objects or in DNS. */
  readonly nodeAddresses?: Readonly<Record<string, readonly string[]>>
}

/** An approver, and with it the API server's rules and the signer's, as a pure function. */
export interface Policy {
  /** As --approver and `expectFor` name it. */
  readonly name: string
  /** In words, for `probe explain`. */
  readonly describe: string
  expect(body: RequestBody, requestor: Requestor, server: Server): Expectation
}
