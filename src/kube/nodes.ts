import { CoreV1Api } from '@kubernetes/client-node'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'
import { follow, type Listed } from './follow.ts'

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
    return await understood(connection, signal, async () => {
      const api = new CoreV1Api(connection.configuration)
      return decodeNode(await api.readNode({ name: nodeName }, connection.withSignal(signal))).addresses
    })
  } catch (error) {
    if (error instanceof ApiError && (error.status.code === 404 || error.status.code === 403)) return undefined
    throw error
  }
}

/**
 * The addresses of a Node object, now and after each change; undefined while there is no such Node. For ever.
 * @throws CertletError FORBIDDEN if the credential may not read it, UNAUTHORIZED, and whatever the connection throws.
 */
export async function* nodeAddressChanges(
  connection: Connection,
  nodeName: string,
  signal: AbortSignal,
): AsyncGenerator<readonly NodeAddress[] | undefined> {
  const api = new CoreV1Api(connection.configuration)
  const list = (name: string): Promise<Listed<NamedAddresses>> =>
    understood(connection, signal, async () => {
      const selector = { fieldSelector: `metadata.name=${name}` }
      const { metadata, items } = await api.listNode(selector, connection.withSignal(signal))
      return {
        object: items.map(decodeNode).find((node) => node.name === name),
        resourceVersion: metadata?.resourceVersion ?? '',
      }
    })
  const followed = { path: '/api/v1/nodes', name: nodeName, what: 'the Node', list, decode: decodeNode }
  for await (const node of follow(connection, followed, undefined, signal)) yield node?.addresses
}

interface NamedAddresses {
  readonly name: string
  readonly addresses: readonly NodeAddress[]
}

/** Reads a Node as the API server sent it, trusting nothing about its shape. */
function decodeNode(value: unknown): NamedAddresses {
  const { metadata, status } = (value ?? {}) as { metadata?: { name?: unknown }; status?: { addresses?: unknown } }
  const addresses = Array.isArray(status?.addresses) ? (status.addresses as unknown[]) : []
  return {
    name: typeof metadata?.name === 'string' ? metadata.name : '',
    addresses: addresses.flatMap((one) => {
      const { type, address } = (one ?? {}) as Partial<Record<keyof NodeAddress, unknown>>
      return typeof type === 'string' && typeof address === 'string' ? [{ type, address }] : []
    }),
  }
}
