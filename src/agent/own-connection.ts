import { readFileSync } from 'node:fs'
import { KubeConfig } from '@kubernetes/client-node'
import type { RetryPolicy } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import type { Connect, Connection } from '../kube/connection.ts'

/** The one connection that the daemon makes with the node's own kubeconfig, for all that it does with it. */
export interface OwnConnection extends Disposable {
  /** The connection; a new one if the kubeconfig has changed since: what is under way ends on the old one. @throws CertletError KUBECONFIG_MISSING */
  get(): Connection
  /** Moves to a pair that was just rotated: what is under way ends on the old one. */
  refresh(signal: AbortSignal): Promise<void>
}

export function ownConnection(
  path: string,
  { connect, retry }: { connect: Connect; retry: RetryPolicy },
): OwnConnection {
  let open: { text: string; connection: Connection } | undefined
  return {
    get: () => {
      const text = read(path)
      if (open?.text === text) return open.connection
      open?.connection.wire.retire()
      const kubeConfig = new KubeConfig()
      kubeConfig.loadFromFile(path)
      open = { text, connection: connect(kubeConfig, retry) }
      return open.connection
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

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new CertletError('KUBECONFIG_MISSING', `Cannot read kubeconfig "${path}"`)
  }
}
