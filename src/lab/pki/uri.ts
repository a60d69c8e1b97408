import { RequestError } from './request-error.ts'

/**
 * A URI as Go would write it after reading it.
 * @throws RequestError with Go's text where it does not parse.
 */
export function normaliseUri(uri: string): string {
  if (!URL.canParse(uri)) throw new RequestError(`x509: cannot parse URI ${JSON.stringify(uri)}: invalid URI`)
  return uri
}
