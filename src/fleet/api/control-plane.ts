import { type RetryPolicy, retrying } from '../../backoff.ts'
import type { SigningRequestApi } from '../../csr/signing-request.ts'
import { leanRequests, newestVersion } from './lean-requests.ts'
import { ownWire } from './own-wire.ts'
import { type PemPair, peerWith } from './peer.ts'
import { sharedWatch } from './shared-watch.ts'
import { sharedWire } from './shared-wire.ts'
import type { Peer } from './wire.ts'

/** How nodes reach the API server: each by a connection of its own, or all by one HTTP/2 connection and one watch. */
export const CONNECTIONS = ['own', 'shared'] as const
export type Connections = (typeof CONNECTIONS)[number]

/** The certificates API, as one node uses it for one request. Disposing ends its connection, if that is its own. */
export type NodeApi = SigningRequestApi & Disposable

/** The API server, as the nodes of a fleet see it. */
export interface ControlPlane extends Disposable {
  /** Rejects when nothing can be measured any more; never resolves. */
  readonly lost: Promise<never>
  /** Resolves when nodes may begin. */
  readonly ready: Promise<void>
  /**
   * @param name - of the request that is going to be made.
   * @param pair - the node's own credential; without one it shows the bootstrap credential.
   */
  for(name: string, pair?: PemPair): NodeApi
}

interface Setting {
  readonly retry: RetryPolicy
  readonly labels: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export function controlPlane(connections: Connections, peer: Peer, setting: Setting): ControlPlane {
  return connections === 'own' ? ownConnections(peer, setting) : sharedConnection(peer, setting)
}

function ownConnections(peer: Peer, { retry, labels, signal }: Setting): ControlPlane {
  const { server } = peer
  return {
    ready: reachable(peer, retry, signal),
    lost: new Promise(() => undefined),
    for: (_name, pair) => {
      const wire = ownWire(pair ? peerWith(peer, pair) : peer)
      return {
        ...leanRequests({ wire, server, retry, labels }),
        [Symbol.dispose]: () => {
          wire.close()
        },
      }
    },
    [Symbol.dispose]: () => undefined,
  }
}

/** One look at the API before the first node: an address or a credential that is wrong for all is told once. */
async function reachable(peer: Peer, retry: RetryPolicy, signal: AbortSignal): Promise<void> {
  const wire = ownWire(peer)
  try {
    await retrying(() => newestVersion({ wire, server: peer.server }, signal), retry, signal)
  } finally {
    wire.close()
  }
}

/** A credential of a node's own needs a connection of its own; what becomes of the request is still seen by the one watch. */
function sharedConnection(peer: Peer, { retry, labels, signal }: Setting): ControlPlane {
  const { server } = peer
  const wire = sharedWire(peer)
  const watching = sharedWatch({ wire, server, retry }, signal)
  const shared = leanRequests({ wire, server, retry, labels })
  return {
    ready: watching.ready,
    lost: watching.lost,
    for: (name, pair) => {
      const expected = watching.expect(name)
      const own = pair && ownWire(peerWith(peer, pair))
      return {
        ...(own ? leanRequests({ wire: own, server, retry, labels }) : shared),
        changes: (_name, _from, until) => expected.changes(until),
        [Symbol.dispose]: () => {
          expected[Symbol.dispose]()
          own?.close()
        },
      }
    },
    [Symbol.dispose]: () => {
      wire.close()
    },
  }
}
