/** What goes over the control socket, in JSON; moments are RFC 3339. The daemon may be of another version than who asks. */
import {
  array,
  boolean,
  exactOptional,
  type GenericSchema,
  isoTimestamp,
  number,
  object,
  picklist,
  pipe,
  readonly,
  string,
  transform,
  variant,
  literal,
} from 'valibot'
import type { RotationOutcome } from '../agent/keeper.ts'
import { type AgentReport, type CertificateReport, type CredentialReport, WAITING_REASONS } from '../agent/report.ts'
import { CertletError, type FailureCode, failures } from '../errors.ts'

const moment = pipe(
  string(),
  isoTimestamp(),
  transform((text) => new Date(text)),
)

const certificate: GenericSchema<unknown, CertificateReport> = object({
  subject: string(),
  issuer: string(),
  serial: string(),
  names: pipe(array(string()), readonly()),
  notBefore: moment,
  notAfter: moment,
  rotateAt: moment,
})

const credential: GenericSchema<unknown, CredentialReport> = object({
  purpose: picklist(['client', 'serving']),
  certificate: exactOptional(certificate),
  ready: boolean(),
  waiting: exactOptional(object({ reason: picklist(WAITING_REASONS), sentence: string(), since: moment })),
  request: exactOptional(object({ name: string(), since: moment })),
})

/** Answer to GET /status. */
export const reportMessage: GenericSchema<unknown, AgentReport> = object({
  nodeName: string(),
  client: credential,
  serving: exactOptional(credential),
  clockSkewMs: exactOptional(number()),
})

const codes = Object.keys(failures) as FailureCode[]

/** An error: also the answer to a question that cannot be answered. */
export const errorMessage: GenericSchema<unknown, CertletError> = pipe(
  object({ code: picklist(codes), message: string(), hint: string() }),
  transform(({ code, message, hint }) => new CertletError(code, message, { hint })),
)

/** Answer to POST /rotate. */
export const outcomeMessage: GenericSchema<unknown, RotationOutcome> = variant('kind', [
  object({ kind: literal('rotated'), certificate }),
  object({ kind: literal('failed'), error: errorMessage }),
])

/** An error as it is sent: never its cause or stack. */
export function errorAsMessage({ code, message, hint }: CertletError): object {
  return { code, message, hint }
}

/** An outcome as it is sent, and as `certlet rotate -o json` prints it. */
export function outcomeAsMessage(outcome: RotationOutcome): object {
  return outcome.kind === 'failed' ? { kind: outcome.kind, error: errorAsMessage(outcome.error) } : outcome
}
