import type { RetryPolicy } from '../backoff.ts'
import type { Connect, Connection } from '../kube/connection.ts'
import { kubeconfigText, loadKubeconfig } from '../kubeconfig/load-kubeconfig.ts'

/** The one connection that the daemon makes with the node's own kubeconfig, for all that it does with it. */
export interface OwnConnection extends Disposable {
  /** The connection; a new one if the kubeconfig has changed since: what is under way ends on the old one. @throws as loadKubeconfig. */
  get(): Connection
  /** Moves to a pair that was just rotated: what is under way ends on the old one. */
  refresh(signal: AbortSignal): Promise<void>
}

/** @param ahead - how many connections are opened before there are requests for them, and until when they are wanted. */
export function ownConnection(
  path: string,
  { connect, retry, ahead }: { connect: Connect; retry: RetryPolicy; ahead?: { count: number; signal: AbortSignal } },
): OwnConnection {
  let open: { text: string; connection: Connection } | undefined
  return {
    get: () => {
      const text = kubeconfigText(path)
      if (open?.text === text) return open.connection
      open?.connection.wire.retire()
      const connection = connect(loadKubeconfig(path, text), retry)
      open = { text, connection }
      if (ahead) connection.wire.openAhead(ahead.count, ahead.signal)
      return connection
    },
    refresh: async (signal) => {
      await open?.connection.wire.refresh(signal)
    },
    [Symbol.dispose]: () => {
      open?.connection[Symbol.dispose]()
      open = undefined
    },
  }
}
