/**
 * What makes an event, in the form of the core group, whichever group it came by.
 * Source: pkg/apis/core/validation/events.go, pkg/registry/core/event/strategy.go.
 */
import { isDeepStrictEqual } from 'node:util'
import { type FieldError, goQuote, invalid, required } from '../field-error.ts'
import type { Struct, Value } from '../schema/schema.ts'
import type { KubeObject } from '../storage.ts'
import { dns1123Subdomain, qualifiedName, subdomainName, validateObjectMeta } from '../validation.ts'

const LONGEST_WORD = 128
const LONGEST_MESSAGE = 1024

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const part = (event: KubeObject, field: string): Struct => (event[field] ?? {}) as Struct

/** What both groups ask of an event. */
export function eventErrors(event: KubeObject): FieldError[] {
  const { namespace = '' } = event.metadata
  const involved = text(part(event, 'involvedObject')['namespace'])
  const errors: FieldError[] = []
  const mismatch = invalid('involvedObject.namespace', goQuote(involved), 'does not match event.namespace')
  if (text(event['eventTime']) === '') {
    // An event about something without a namespace lives in `default`.
    if (involved === '' ? !['', 'default'].includes(namespace) : involved !== namespace) errors.push(mismatch)
  } else {
    if (involved === '' && !['default', 'kube-system'].includes(namespace)) errors.push(mismatch)
    const controller = text(event['reportingComponent'])
    if (controller === '') errors.push(required('reportingController'))
    for (const why of qualifiedName(controller)) errors.push(invalid('reportingController', goQuote(controller), why))
    for (const field of ['reportingInstance', 'action', 'reason']) errors.push(...wordErrors(field, text(event[field])))
    if (Buffer.byteLength(text(event['message'])) > LONGEST_MESSAGE) errors.push(atMost('message', LONGEST_MESSAGE))
  }
  return [...errors, ...dns1123Subdomain(namespace).map((why) => invalid('namespace', goQuote(namespace), why))]
}

function wordErrors(field: string, word: string): FieldError[] {
  if (word === '') return [required(field)]
  return Buffer.byteLength(word) > LONGEST_WORD ? [atMost(field, LONGEST_WORD)] : []
}

const atMost = (field: string, length: number): FieldError =>
  invalid(field, goQuote(''), `can have at most ${length} characters`)

/** What events.k8s.io asks of a new event besides. */
export function strictEventErrors(event: KubeObject): FieldError[] {
  const type = text(event['type'])
  const { component = '', host = '' } = part(event, 'source')
  const unset = (field: string, found: boolean): FieldError[] =>
    found ? [invalid(field, goQuote(''), 'needs to be unset')] : []
  return [
    ...validateObjectMeta(event.metadata, true, subdomainName),
    ...seriesErrors(event),
    ...(text(event['eventTime']) === '' ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', goQuote(''), `has invalid value: ${type}`)]),
    ...unset('firstTimestamp', text(event['firstTimestamp']) !== ''),
    ...unset('lastTimestamp', text(event['lastTimestamp']) !== ''),
    ...unset('count', (event['count'] ?? 0) !== 0),
    ...unset('source', component !== '' || host !== ''),
  ]
}

function seriesErrors(event: KubeObject): FieldError[] {
  const series = event['series'] as Struct | undefined
  if (!series) return []
  return [
    ...(Number(series['count'] ?? 0) < 2 ? [invalid('series.count', goQuote(''), 'should be at least 2')] : []),
    ...(text(series['lastObservedTime']) === '' ? [required('series.lastObservedTime')] : []),
  ]
}

/** Fields that events.k8s.io does not let change, each with its name in errors. */
const FIXED: readonly (readonly [field: string, shown: string])[] = [
  ...['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type', 'eventTime'],
  ...['action', 'related', 'reportingComponent', 'reportingInstance'],
].map((field) => [field, field === 'reportingComponent' ? 'reportingController' : field])

/** What events.k8s.io asks of a changed event besides: all but its series stays. */
export function strictEventUpdateErrors(event: KubeObject, old: KubeObject): FieldError[] {
  return [
    ...(isDeepStrictEqual(event['series'], old['series']) ? [] : seriesErrors(event)),
    ...FIXED.flatMap(([field, shown]) =>
      isDeepStrictEqual(event[field], old[field]) ? [] : [invalid(shown, printed(event[field]), 'field is immutable')],
    ),
  ]
}

/** Structs are shown as JSON, where the real server prints Go's syntax. */
function printed(value: Value | undefined): string {
  if (typeof value === 'number') return String(value)
  return typeof value === 'object' ? JSON.stringify(value) : goQuote(text(value))
}

/** ToSelectableFields, by the names of the core group. */
export function selectableEvent(event: KubeObject): Record<string, string> {
  const involved = part(event, 'involvedObject')
  const fields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
  return {
    ...Object.fromEntries(fields.map((field) => [`involvedObject.${field}`, text(involved[field])])),
    reason: text(event['reason']),
    reportingComponent: text(event['reportingComponent']),
    source: text(part(event, 'source')['component']) || text(event['reportingComponent']),
    type: text(event['type']),
  }
}
