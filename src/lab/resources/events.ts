/** Events of the core group. Source: pkg/registry/core/event/strategy.go. */
import { eventType } from '../schema/core.ts'
import { anyName } from '../validation.ts'
import { eventErrors, selectableEvent } from './event-rules.ts'
import { eventTable } from './event-table.ts'
import type { Resource } from './resource.ts'

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
  strategy: { validate: eventErrors },
  selectable: selectableEvent,
  table: eventTable,
}
