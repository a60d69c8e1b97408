/** How a case becomes what is sent: description → key and octets → body. */
import type { KeyObject } from 'node:crypto'
import type { FullRequest, ProbeKeyType } from './request-description.ts'

/** The key of a case. */
export interface ProbeKey {
  readonly type: ProbeKeyType
  readonly privateKey: KeyObject
  /** Subject public key info, DER. */
  readonly spki: Uint8Array
}

/** Makes keys and requests; see make/. */
export interface RequestMaker {
  makeKey(type: ProbeKeyType): Promise<ProbeKey>
  /** The octets of `spec.request` before base64: PEM, unless the description has it otherwise. */
  makeRequest(request: FullRequest, key: ProbeKey): Promise<Uint8Array>
}

/** The spec of a CertificateSigningRequest, octets not yet in base64. */
export interface RequestBody {
  readonly request: Uint8Array
  readonly signerName: string
  readonly usages: readonly string[]
  readonly expirationSeconds?: number
}

export function requestBody({ signerName, usages, expirationSeconds }: FullRequest, request: Uint8Array): RequestBody {
  return { request, signerName, usages, ...(expirationSeconds !== undefined && { expirationSeconds }) }
}
