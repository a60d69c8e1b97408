/** What the lab does not meet, by rules that hold for other recordings as well; exceptions.json has them with their reasons. */
import { readFileSync } from 'node:fs'
import { fits, type Pattern } from '../../../src/lab/documents/pattern.ts'
import type { Recording } from './recording.ts'

/** Of requests and answers that fit all that is given; `*` stands for any characters. */
export interface Exception {
  readonly path?: Pattern
  /** Content type of the request. */
  readonly requestType?: string
  /** Content type of the answer. */
  readonly responseType?: string
  /** Of the answer. */
  readonly status?: number
  /** Entries of lists that may be missing, or other than recorded, by their names; all else is held. */
  readonly without?: readonly string[]
  readonly reason: string
}

/** The rule that a recording falls under. */
export type ExceptionFor = (recording: Pick<Recording, 'request' | 'response'>) => Exception | undefined

export function readExceptions(): ExceptionFor {
  const list = JSON.parse(readFileSync(new URL('exceptions.json', import.meta.url), 'utf8')) as readonly Exception[]
  return ({ request, response }) =>
    list.find(({ path, requestType, responseType, status }) => {
      const sent = Object.entries(request.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
      return (
        fits(path, request.path) &&
        fits(requestType, sent ?? '') &&
        fits(responseType, response.headers['content-type'] ?? '') &&
        (status === undefined || status === response.status)
      )
    })
}

const NAMED = ['name', 'resource', 'subresource'] as const

/** A body without the entries of lists that have one of the names. */
export function without(body: unknown, names: readonly string[]): unknown {
  if (Array.isArray(body)) {
    return body.filter((one) => !names.some((name) => fits(name, nameOf(one)))).map((one) => without(one, names))
  }
  if (typeof body !== 'object' || body === null) return body
  const entries = Object.entries(body).map(([key, inner]) => [key, without(inner, names)] as const)
  // A list of which nothing is left is not written.
  return Object.fromEntries(entries.filter(([key, inner]) => !(key === 'subresources' && isEmpty(inner))))
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

function nameOf(entry: unknown): string {
  if (typeof entry === 'string') return entry
  if (typeof entry !== 'object' || entry === null) return ''
  const { metadata, ...fields } = entry as Record<string, unknown>
  const inMetadata = (metadata as { name?: unknown } | undefined)?.name
  return [...NAMED.map((key) => fields[key]), inMetadata].find((name) => typeof name === 'string') ?? ''
}
