/**
 * Events of events.k8s.io: the objects of the core group's events under other names.
 * Source: pkg/apis/events/v1/{conversion,defaults}.go, pkg/registry/core/event/strategy.go.
 */
import { canonical } from '../schema/canonical.ts'
import { eventType } from '../schema/core.ts'
import { newEventType } from '../schema/events.ts'
import type { KubeObject } from '../storage.ts'
import { anyName } from '../validation.ts'
import { eventErrors, selectableEvent, strictEventErrors, strictEventUpdateErrors } from './event-rules.ts'
import { eventTable } from './event-table.ts'
import { events } from './events.ts'
import { apiVersionOf, collectionOf, type Resource } from './resource.ts'

/** Fields by their names here, and in the core group. */
const NAMES: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
}
const BACK = Object.fromEntries(Object.entries(NAMES).map(([here, core]) => [core, here]))

const renamed = (event: KubeObject, names: Readonly<Record<string, string>>): KubeObject =>
  Object.fromEntries(
    Object.entries(event).map(([field, value]) => [names[field] ?? field, value]),
  ) as unknown as KubeObject

const identity = { group: 'events.k8s.io', version: 'v1', kind: 'Event' }

const toCore = (event: KubeObject): KubeObject =>
  canonical(eventType, { ...renamed(event, NAMES), apiVersion: apiVersionOf(events) })
const fromCore = (event: KubeObject): KubeObject =>
  canonical(newEventType, { ...renamed(event, BACK), apiVersion: apiVersionOf(identity) })

/** `involvedObject.kind` is selected here as `regarding.kind`; `source` is not renamed. */
const selectableName = (core: string): string =>
  core.replace(/^involvedObject\./, 'regarding.').replace(/^reportingComponent$/, 'reportingController')

export const newEvents: Resource = {
  ...identity,
  plural: 'events',
  singular: 'event',
  namespaced: true,
  createOnUpdate: true,
  shortNames: ['ev'],
  type: newEventType,
  nameRule: anyName,
  stored: { collection: collectionOf(events), read: fromCore, write: toCore },
  strategy: {
    validate: (event) => [...eventErrors(toCore(event)), ...strictEventErrors(toCore(event))],
    validateUpdate: (event, old) => [
      ...eventErrors(toCore(event)),
      ...strictEventUpdateErrors(toCore(event), toCore(old)),
    ],
  },
  selectable: (event) =>
    Object.fromEntries(
      Object.entries(selectableEvent(toCore(event))).map(([field, value]) => [selectableName(field), value]),
    ),
  table: { ...eventTable, cells: (event, now) => eventTable.cells(toCore(event), now) },
}
