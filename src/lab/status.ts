/** The API server's errors: `Status` objects. Source: `staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go`. */
import { aggregate, type FieldError } from './field-error.ts'
import type { Struct } from './schema/schema.ts'

/** A resource or kind with its group, as it appears in messages. */
export interface GroupName {
  group: string
  name: string
}

interface Details {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: { reason?: string; message?: string; field?: string }[]
  retryAfterSeconds?: number
}

/** Ends a request with a `Status`. The message is the one that the client sees. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  /** The HTTP status. */
  readonly status: number
  readonly reason: string
  readonly details: Details | undefined
  /** A token to continue a list with in spite of the error. */
  readonly continueToken: string | undefined

  constructor(status: number, reason: string, message: string, details?: Details, continueToken?: string) {
    super(message)
    this.continueToken = continueToken
    this.status = status
    this.reason = reason
    this.details = details
  }

  /** The object to send. */
  object(): Struct {
    const details = this.details && Object.fromEntries(Object.entries(this.details).filter(([, value]) => value !== ''))
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(details ? { details: details } : {}),
      code: this.status,
    }
  }
}

const qualified = ({ group, name }: GroupName) => (group ? `${name}.${group}` : name)
const about = (subject: GroupName, name: string): Details => ({ name, group: subject.group, kind: subject.name })

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message)

export const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized')

/** @param subject - empty name for paths that are no resources. */
export function forbidden(subject: GroupName, name: string, why: string): StatusError {
  const what =
    subject.name === '' ? 'forbidden' : `${qualified(subject)}${name ? ` ${JSON.stringify(name)}` : ''} is forbidden`
  return new StatusError(403, 'Forbidden', `${what}: ${why}`, about(subject, name))
}

export const notFound = (resource: GroupName, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(resource)} ${JSON.stringify(name)} not found`, about(resource, name))

/** A path under a known group version that has no route. */
export const noSuchRoute = () =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const notAcceptable = (message: string, details?: Details) =>
  new StatusError(406, 'NotAcceptable', message, details)

export const alreadyExists = (resource: GroupName, name: string) =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualified(resource)} ${JSON.stringify(name)} already exists`,
    about(resource, name),
  )

export const conflict = (subject: GroupName, name: string, why: string) =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} ${JSON.stringify(name)}: ${why}`,
    about(subject, name),
  )

/** The resourceVersion asked for is no longer in the history. */
export const expired = (message: string, continueToken?: string) =>
  new StatusError(410, 'Expired', message, undefined, continueToken)

/** A resourceVersion that the server has not reached. The real one waits for it for three seconds; the lab does not. */
export const tooLargeResourceVersion = (wanted: string, current: number) =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

/** A patch that cannot be applied to the object. The reason stays in the server. */
export const unprocessable = () =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

/** @param limit - bytes. */
export const entityTooLarge = (limit: number) =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`)

export const unsupportedMediaType = (message: string) => new StatusError(415, 'UnsupportedMediaType', message)

/** @param kind - usually the object's kind; {@link FieldError}s become causes. */
export const invalidObject = (kind: GroupName, name: string, errors: readonly FieldError[]) =>
  new StatusError(422, 'Invalid', `${qualified(kind)} ${JSON.stringify(name)} is invalid: ${aggregate(errors)}`, {
    ...about(kind, name),
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  })

/** An error without a reason, which the server answers with 500. */
export const unknownError = (message: string) => new StatusError(500, '', message)
