/** What the API server refuses to store: rights, admission and validation, in the order in which a request meets them. */
import { administratorComplaint, otherNodeComplaint } from '../../lab/admission/requested-subject.ts'
import { nodeNameOf } from '../../lab/authentication/user.ts'
import type { CertificateSigningRequest } from '../../lab/controllers/csr.ts'
import { aggregate } from '../../lab/field-error.ts'
import { type Spec, validateSpec } from '../../lab/resources/signing-request-spec.ts'
import type { Requestor, Server } from '../policy.ts'

/** An answer in the place of 201. */
export interface Rejection {
  readonly status: 400 | 403 | 422
  readonly reason: 'BadRequest' | 'Forbidden' | 'Invalid'
  /** The part of the server's message that says why. */
  readonly why: string
  /** As much of it as a client keeps of a message that quotes the whole request. */
  readonly begins: string
}

/** Since when nodes may ask for their own name alone. Source: gate AllowInsecureKubeletCertificateSigningRequests. */
const NODE_RESTRICTION_MINOR = 31

/** Undefined where the request is stored. */
export function rejectionOf(
  { spec }: CertificateSigningRequest,
  requestor: Requestor,
  { minor }: Server,
): Rejection | undefined {
  if (requestor.mayRequest === false) return forbidden('cannot create resource "certificatesigningrequests"')
  const { expirationSeconds = 0 } = spec
  if (!isInt32(expirationSeconds)) return rejection(400, 'BadRequest', 'expirationSeconds')
  const node = minor >= NODE_RESTRICTION_MINOR ? nodeNameOf({ ...requestor, name: requestor.username }) : undefined
  const other = node === undefined ? undefined : otherNodeComplaint(spec, node)
  if (other !== undefined) return forbidden(other)
  const errors = validateSpec(spec as Spec)
  const [first] = errors
  if (first) return rejection(422, 'Invalid', aggregate(errors), `${first.field}: `)
  const administrator = administratorComplaint(spec)
  return administrator === undefined ? undefined : forbidden(administrator)
}

const forbidden = (why: string): Rejection => rejection(403, 'Forbidden', why)

function rejection(status: Rejection['status'], reason: Rejection['reason'], why: string, begins = why): Rejection {
  return { status, reason, why, begins }
}

const isInt32 = (value: number): boolean => Number.isInteger(value) && value === (value | 0)
