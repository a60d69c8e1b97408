import { CoreV1Api } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** What there is under a node's name already. */
export type NodeReadiness = 'absent' | 'not ready' | 'ready' | 'forbidden'

/**
 * Whether a Node of this name is there, and Ready. Source: cmd/kubeadm/app/cmd/phases/join/kubelet.go.
 * @throws CertletError, but not for a Node that is absent or may not be read.
 */
export async function nodeReadiness(connection: Connection, name: string, signal: AbortSignal): Promise<NodeReadiness> {
  try {
    return await understood(connection, signal, async () => {
      const node = await new CoreV1Api(connection.configuration).readNode({ name }, connection.withSignal(signal))
      const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
      return ready?.status === 'True' ? 'ready' : 'not ready'
    })
  } catch (error) {
    if (error instanceof ApiError && error.status.code === 404) return 'absent'
    if (error instanceof ApiError && error.status.code === 403) return 'forbidden'
    throw error
  }
}
