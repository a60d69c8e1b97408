/** Events of the core group. Source: pkg/registry/core/event/strategy.go, pkg/apis/core/validation/events.go. */
import { type FieldError, goQuote, invalid } from '../field-error.ts'
import { eventType } from '../schema/core.ts'
import type { Struct } from '../schema/schema.ts'
import type { KubeObject } from '../storage.ts'
import { anyName } from '../validation.ts'
import type { Resource } from './resource.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const part = (event: KubeObject, field: string): Struct => (event[field] ?? {}) as Struct

/** An event about something without a namespace lives in `default`. */
function validate(event: KubeObject): FieldError[] {
  const { namespace = '' } = event.metadata
  const involved = text(part(event, 'involvedObject')['namespace'])
  if (involved === '' ? namespace === 'default' || namespace === '' : involved === namespace) return []
  return [invalid('involvedObject.namespace', goQuote(involved), 'does not match event.namespace')]
}

/** ToSelectableFields. */
function selectable(event: KubeObject): Record<string, string> {
  const involved = Object.entries(part(event, 'involvedObject'))
  const none = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']
  return {
    ...Object.fromEntries(none.map((field) => [`involvedObject.${field}`, ''])),
    ...Object.fromEntries(involved.map(([field, value]) => [`involvedObject.${field}`, text(value)])),
    reason: text(event['reason']),
    reportingComponent: text(event['reportingComponent']),
    source: text(part(event, 'source')['component']),
    type: text(event['type']),
  }
}

export const events: Resource = {
  group: '',
  version: 'v1',
  plural: 'events',
  singular: 'event',
  kind: 'Event',
  namespaced: true,
  createOnUpdate: true,
  shortNames: ['ev'],
  type: eventType,
  nameRule: anyName,
  strategy: { validate },
  selectable,
}
