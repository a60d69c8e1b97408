/** Events as rows. Source: pkg/printers/internalversion/printers.go, printEvent. */
import type { KubeObject } from '../storage.ts'
import { nameColumn, since } from './columns.ts'
import { part, text } from './event-rules.ts'
import type { TableShape } from './resource.ts'

const FIELD_PATH =
  'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.'

/** When an event was first and last seen, and how often. */
function sightings(event: KubeObject, now: Date): { first: string; last: string; count: number } {
  const ago = (time: unknown): string => since(text(time) || undefined, now)
  const first = ago(event['firstTimestamp'] ?? event['eventTime'])
  const series = event['series'] as { count?: number; lastObservedTime?: string } | undefined
  if (series) return { first, last: ago(series.lastObservedTime), count: series.count ?? 0 }
  const last = event['lastTimestamp'] ? ago(event['lastTimestamp']) : first
  return { first, last, count: Number(event['count'] ?? 0) || 1 }
}

function cells(event: KubeObject, now: Date): (string | number)[] {
  const { first, last, count } = sightings(event, now)
  const { kind, name, fieldPath } = part(event, 'involvedObject')
  const object = [text(kind).toLowerCase(), text(name)].filter((one) => one !== '').join('/')
  const { component, host } = part(event, 'source')
  const from = [text(component) || text(event['reportingComponent']), text(host) || text(event['reportingInstance'])]
  const source = from[1] === '' ? from[0] : from.join(', ')
  return [
    ...[last, text(event['type']), text(event['reason']), object, text(fieldPath), source ?? ''],
    ...[text(event['message']).trim(), first, count, event.metadata.name ?? ''],
  ]
}

/** For events in the form of the core group. */
export const eventTable: TableShape = {
  columns: [
    { name: 'Last Seen', description: 'The time at which the most recent occurrence of this event was recorded.' },
    { name: 'Type', description: 'Type of this event (Normal, Warning), new types could be added in the future' },
    {
      name: 'Reason',
      description:
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    },
    { name: 'Object', description: 'The object that this event is about.' },
    { name: 'Subobject', priority: 1, description: FIELD_PATH },
    {
      name: 'Source',
      priority: 1,
      description: 'The component reporting this event. Should be a short machine understandable string.',
    },
    { name: 'Message', description: 'A human-readable description of the status of this operation.' },
    {
      name: 'First Seen',
      priority: 1,
      description: 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
    },
    { name: 'Count', priority: 1, description: 'The number of times this event has occurred.' },
    { ...nameColumn, priority: 1 },
  ],
  cells,
}
