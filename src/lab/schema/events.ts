/** Types of `events.k8s.io/v1`. Source: `staging/src/k8s.io/api/events/v1/{types.go,generated.proto}`. */
import { eventSource, objectReference } from './core.ts'
import { apiType, int32, microTime, string, struct, time } from './schema.ts'
import { objectMeta } from './meta.ts'

const series = struct('v1.EventSeries', {
  count: [1, int32, 'always'],
  lastObservedTime: [2, microTime, 'always'],
})

export const newEventType = apiType('v1.Event', {
  metadata: [1, objectMeta],
  eventTime: [2, microTime, 'always'],
  series: [3, series, 'pointer'],
  reportingController: [4, string],
  reportingInstance: [5, string],
  action: [6, string],
  reason: [7, string],
  regarding: [8, objectReference],
  related: [9, objectReference, 'pointer'],
  note: [10, string],
  type: [11, string],
  deprecatedSource: [12, eventSource],
  deprecatedFirstTimestamp: [13, time],
  deprecatedLastTimestamp: [14, time],
  deprecatedCount: [15, int32],
})
