/** Tokens that continue a list. Source: `staging/src/k8s.io/apiserver/pkg/storage/continue.go`. */
import { posix } from 'node:path'
import { parseJson, plain } from '../schema/json-text.ts'
import { badRequest } from '../status.ts'

const VERSION = 'meta.k8s.io/v1'

export interface ContinueToken {
  /** The revision that the whole list shows; -1 for the latest, after the first one was forgotten. */
  readonly revision: number
  /** Where the next page starts. */
  readonly start: string
}

export function encodeContinue({ revision, start }: ContinueToken): string {
  // Go's encoder writes the control character as an escape of six, as JSON.stringify does.
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url')
}

/** @throws StatusError 400 */
export function decodeContinue(token: string): ContinueToken {
  const fail = (why: string): never => {
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`)
  }
  const illegal = /[^A-Za-z0-9_-]/.exec(token)?.index ?? (token.length % 4 === 1 ? token.length - 1 : undefined)
  if (illegal !== undefined) fail(`illegal base64 data at input byte ${illegal}`)
  const bytes = Buffer.from(token, 'base64url')
  const [first = 0] = bytes
  // Go looks at bytes, not at characters.
  if (first >= 0x80) fail(`invalid character '${quotedByte(first)}' looking for beginning of value`)
  let decoded: unknown
  try {
    decoded = plain(parseJson(bytes.toString('latin1')))
  } catch (error) {
    fail((error as Error).message)
  }
  const { v = '', rv = 0, start = '' } = (decoded ?? {}) as { v?: string; rv?: number; start?: string }
  if (v !== VERSION) fail(`server does not recognize this encoded version ${JSON.stringify(v)}`)
  if (rv === 0) fail(`incorrect encoded start resourceVersion (version ${VERSION})`)
  if (start === '') fail(`encoded start key empty (version ${VERSION})`)
  const rooted = start.startsWith('/') ? start : `/${start}`
  if (posix.normalize(rooted) !== rooted) fail(start)
  // The token was read byte by byte.
  return { revision: rv, start: Buffer.from(rooted.slice(1), 'latin1').toString('utf8') }
}

/** A byte above ASCII as Go quotes a character. */
function quotedByte(byte: number): string {
  return byte < 0xa1 || byte === 0xad ? `\\u00${byte.toString(16)}` : String.fromCharCode(byte)
}
