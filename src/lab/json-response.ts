import type { LabResponse } from './request.ts'
import type { StatusError } from './status.ts'

/** An answer in JSON, ending in a newline as the real server's do. */
export function json(status: number, body: object): LabResponse {
  return { status, headers: [['Content-Type', 'application/json']], body: Buffer.from(JSON.stringify(body) + '\n') }
}

/** An error as an answer. */
export function statusResponse(error: StatusError): LabResponse {
  const response = json(error.status, error.object())
  const seconds = error.details?.retryAfterSeconds
  if (seconds) response.headers.push(['Retry-After', String(seconds)])
  return response
}
