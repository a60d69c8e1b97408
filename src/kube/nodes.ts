import { CoreV1Api } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'

/** An entry of a Node's `status.addresses`. Source: k8s.io/api core/v1, NodeAddress. */
export interface NodeAddress {
  readonly type: string
  readonly address: string
}

/**
 * The addresses of a Node object, as the node itself may read it.
 * @returns undefined when there is no such Node, or the credential may not read it.
 */
export async function nodeAddresses(
  connection: Connection,
  nodeName: string,
  signal: AbortSignal,
): Promise<readonly NodeAddress[] | undefined> {
  try {
    const node = await new CoreV1Api(connection.configuration).readNode(
      { name: nodeName },
      connection.withSignal(signal),
    )
    return node.status?.addresses ?? []
  } catch (error) {
    if (error instanceof ApiError && (error.status.code === 404 || error.status.code === 403)) return undefined
    throw error
  }
}
