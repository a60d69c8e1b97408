import { CoreV1Api, type CoreV1Event } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** An event on a Node, as often as it has happened. */
export interface NodeEvent {
  /** Makes the object's name unique: hexadecimal digits. */
  readonly id: string
  readonly type: 'Normal' | 'Warning'
  /** Machine-readable, in CamelCase. */
  readonly reason: string
  readonly message: string
  readonly first: Date
  readonly last: Date
  readonly count: number
}

/** Where events on objects without a namespace are kept. Source: client-go tools/record/event.go, makeEvent. */
const NAMESPACE = 'default'

const COMPONENT = 'certlet'

/**
 * Writes an event: the first time by a create, then, with a higher count, over the same object. One that the API server has forgotten
 * meanwhile (it keeps them for an hour) is created anew. A node may do no more with events than create and change them.
 * @throws CertletError
 */
export async function writeNodeEvent(
  connection: Connection,
  nodeName: string,
  event: NodeEvent,
  signal: AbortSignal,
): Promise<void> {
  const api = new CoreV1Api(connection.configuration)
  const options = connection.withSignal(signal)
  const body = objectOf(nodeName, event)
  const { name = '' } = body.metadata
  if (event.count > 1) {
    try {
      await understood(connection, signal, () =>
        api.replaceNamespacedEvent({ name, namespace: NAMESPACE, body }, options),
      )
      return
    } catch (error) {
      if (!(error instanceof ApiError && error.status.code === 404)) throw error
    }
  }
  await understood(connection, signal, () => api.createNamespacedEvent({ namespace: NAMESPACE, body }, options))
}

function objectOf(nodeName: string, { id, type, reason, message, first, last, count }: NodeEvent): CoreV1Event {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Named as the kubelet's recorder does. Source: client-go tools/record/event.go, makeEvent.
    metadata: { name: `${nodeName}.${id}`, namespace: NAMESPACE },
    // The kubelet gives its node's name as uid, too, and `kubectl describe node` looks for it. Source: pkg/kubelet/kubelet.go, nodeRef.
    involvedObject: { kind: 'Node', name: nodeName, uid: nodeName },
    reason,
    message,
    type,
    source: { component: COMPONENT, host: nodeName },
    reportingComponent: COMPONENT,
    reportingInstance: nodeName,
    firstTimestamp: first,
    lastTimestamp: last,
    count,
  }
}
