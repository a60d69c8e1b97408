import { AUTHENTICATED } from '../../lab/authentication/user.ts'
import type { CertificateSigningRequest } from '../../lab/controllers/csr.ts'
import { type ParsedRequest, readRequestField } from '../../lab/pki/certificate-request.ts'
import type { Requestor, Server } from '../policy.ts'
import type { RequestBody } from '../request-body.ts'

/** A request as it lies before an approver. */
export interface Asked {
  readonly csr: CertificateSigningRequest
  /** As the control plane reads it. */
  readonly request: ParsedRequest
  readonly requestor: Requestor
  readonly server: Server
}

/** The object that the API server makes of a request. */
export function objectOf(body: RequestBody, { username, groups }: Requestor): CertificateSigningRequest {
  const { signerName, usages, expirationSeconds } = body
  return {
    metadata: { name: 'probe' },
    spec: {
      request: Buffer.from(body.request).toString('base64'),
      signerName,
      usages,
      ...(expirationSeconds !== undefined && { expirationSeconds }),
      username,
      groups: [...new Set([...groups, AUTHENTICATED])],
    },
  }
}

/** @throws TypeError for a request that the API server would not have stored. */
export function askedOf(csr: CertificateSigningRequest, requestor: Requestor, server: Server): Asked {
  const parsed = readRequestField(csr.spec.request)
  if ('error' in parsed) throw new TypeError(parsed.error)
  return { csr, request: parsed.ok, requestor, server }
}
