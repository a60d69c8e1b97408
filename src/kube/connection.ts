import {
  type ConfigurationOptions,
  createConfiguration,
  type Configuration,
  type KubeConfig,
  Observable,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node'
import type { RetryPolicy } from '../backoff.ts'
import type { Budget } from '../budget.ts'
import { CertletError } from '../errors.ts'
import type { EarlyConnections } from './early-agent.ts'
import { httpLibrary, type Limits } from './http-library.ts'
import { Transport } from './transport.ts'
import type { Wire } from './wire.ts'

/** client-node on one kept-alive connection, with one credential. */
export interface Connection extends Disposable {
  /** Address of the API server, without a slash at its end. */
  readonly server: string
  /** For client-node's generated APIs: `new CertificatesV1Api(connection.configuration)`. */
  readonly configuration: Configuration
  /** For what the generated APIs cannot do: watches. */
  readonly wire: Wire
  readonly retry: RetryPolicy
  /** Options of a generated call that end it when the signal aborts. */
  withSignal(signal: AbortSignal): ConfigurationOptions
}

/** How a connection is made: over the network, or in tests to a lab in the same process. Nothing is opened before the first call. */
export type Connect = (kubeConfig: KubeConfig, retry: RetryPolicy) => Connection

/** Connects over the network. Disposing ends all connections. */
export function connectionTo(kubeConfig: KubeConfig, retry: RetryPolicy, limits?: Limits): Connection {
  return connectionOver(new Transport(kubeConfig, retry.clock), kubeConfig, retry, limits)
}

/**
 * Connects over the network, within a budget that all connections made so share.
 * @param early - connections that were opened before; they are used where they fit.
 */
export function connectWithin(budget: Budget, early?: EarlyConnections): Connect {
  return (kubeConfig, retry) => {
    const transport = new Transport(kubeConfig, retry.clock, early)
    const wire: Wire = {
      get clockSkewMs() {
        return transport.clockSkewMs
      },
      open: async (request) => {
        await budget.take(request.signal)
        return transport.open(request)
      },
      openAhead: (connections, signal) => transport.openAhead(connections, signal),
      explain: (error, url) => transport.explain(error, url),
      refresh: (signal) => transport.refresh(signal),
      retire: () => {
        transport.retire()
      },
      close: () => {
        transport.close()
      },
    }
    return connectionOver(wire, kubeConfig, retry)
  }
}

/** Makes a connection of a wire. */
export function connectionOver(wire: Wire, kubeConfig: KubeConfig, retry: RetryPolicy, limits?: Limits): Connection {
  const cluster = kubeConfig.getCurrentCluster()
  if (!cluster) throw new CertletError('KUBECONFIG_INVALID', 'Cannot connect: the kubeconfig has no current cluster')
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(cluster.server, {}),
    httpApi: wrapHttpLibrary(httpLibrary(wire, limits)),
  })
  return {
    server: cluster.server,
    configuration,
    wire,
    retry,
    withSignal: (signal) => ({
      middleware: [
        {
          pre: (context) => {
            context.setSignal(signal)
            return new Observable(Promise.resolve(context))
          },
          post: (response) => new Observable(Promise.resolve(response)),
        },
      ],
      middlewareMergeStrategy: 'append',
    }),
    [Symbol.dispose]: () => {
      wire.close()
    },
  }
}
