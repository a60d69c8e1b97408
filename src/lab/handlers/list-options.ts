/** Options of lists, watches and deletions of collections. Source: apimachinery pkg/apis/meta/internalversion/validation. */
import { forbiddenField, goQuote, notSupported, type FieldError } from '../field-error.ts'
import type { Generation } from '../generation.ts'
import { queryFlag, type RequestInfo } from '../request.ts'
import type { Resource } from '../resources/resource.ts'
import { parseFieldSelector } from '../selectors/field-selector.ts'
import { parseLabelSelector } from '../selectors/label-selector.ts'
import { type Selector, selectorOf } from '../selectors/selector.ts'
import { badRequest, invalidObject } from '../status.ts'
import { parseGoInteger } from '../schema/go-number.ts'

export type VersionMatch = '' | 'Exact' | 'NotOlderThan'

export interface ListOptions {
  readonly selector: Selector
  readonly watch: boolean
  readonly allowWatchBookmarks: boolean
  /** As sent; empty for none. */
  readonly resourceVersion: string
  readonly resourceVersionMatch: VersionMatch
  /** 0 for none. */
  readonly timeoutSeconds: number
  /** 0 or less for none. */
  readonly limit: number
  readonly continue: string
  /** Undefined when it was not sent, which is not the same as false. */
  readonly sendInitialEvents: boolean | undefined
}

/** @throws StatusError 400 for what does not parse, 422 for what does not go together. */
export function readListOptions(resource: Resource, info: RequestInfo, generation: Generation): ListOptions {
  const { query, verb } = info
  const text = (name: string): string => query.get(name) ?? ''
  const timeoutSeconds = integer(query, 'timeoutSeconds')
  const limit = integer(query, 'limit')
  const options = {
    watch: verb === 'watch',
    allowWatchBookmarks: queryFlag(query, 'allowWatchBookmarks'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch') as VersionMatch,
    timeoutSeconds,
    limit,
    continue: text('continue'),
    // What a generation does not know, it does not see.
    sendInitialEvents:
      generation.knowsSendInitialEvents && query.has('sendInitialEvents')
        ? queryFlag(query, 'sendInitialEvents')
        : undefined,
  }
  // Selectors are parsed before the options are validated; the fields that they name are looked up after it.
  const selectors = {
    labels: parseLabelSelector(text('labelSelector')),
    fields: parseFieldSelector(text('fieldSelector')),
  }
  const errors = validate(options, generation)
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: 'ListOptions' }, '', errors)
  return { ...options, selector: selectorOf(resource, { ...selectors, name: info.parts[1] ?? '' }) }
}

function integer(query: URLSearchParams, name: string): number {
  const text = query.get(name)
  if (text === null) return 0
  try {
    return parseGoInteger(text, 'ParseInt')
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}

type Validated = Omit<ListOptions, 'selector'>

const MATCH = 'resourceVersionMatch'
const forbid = (why: string): FieldError => forbiddenField(MATCH, `${MATCH} ${why}`)
const onlyMatches = (match: string, known: string[]): FieldError => notSupported(MATCH, goQuote(match), known)

function validate(options: Validated, { knowsSendInitialEvents, watchList }: Generation): FieldError[] {
  if (options.watch && knowsSendInitialEvents) return validateWatch(options, watchList)
  const errors: FieldError[] = []
  const { resourceVersionMatch: match, resourceVersion } = options
  if (match !== '') {
    if (options.watch) errors.push(forbid('is forbidden for watch'))
    if (resourceVersion === '') errors.push(forbid('is forbidden unless resourceVersion is provided'))
    if (options.continue !== '') errors.push(forbid('is forbidden when continue is provided'))
    if (!['Exact', 'NotOlderThan'].includes(match)) errors.push(onlyMatches(match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(forbid('"exact" is forbidden for resourceVersion "0"'))
  }
  if (options.sendInitialEvents !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  return errors
}

function validateWatch(options: Validated, watchList: boolean): FieldError[] {
  const errors: FieldError[] = []
  const { resourceVersionMatch: match, sendInitialEvents } = options
  if (sendInitialEvents !== undefined) {
    if (match !== 'NotOlderThan')
      errors.push(forbiddenField(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
    if (!watchList) {
      const why = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'
      errors.push(forbiddenField('sendInitialEvents', why))
    }
  }
  if (match !== '') {
    if (sendInitialEvents === undefined)
      errors.push(forbid('is forbidden for watch unless sendInitialEvents is provided'))
    if (match !== 'NotOlderThan') errors.push(onlyMatches(match, ['NotOlderThan']))
    if (options.continue !== '') errors.push(forbid('is forbidden when continue is provided'))
  }
  return errors
}
