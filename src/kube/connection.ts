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
import { CertletError } from '../errors.ts'
import { Transport } from './transport.ts'

/** client-node on one kept-alive connection, with one credential. */
export interface Connection extends Disposable {
  /** Address of the API server, without a slash at its end. */
  readonly server: string
  /** For client-node's generated APIs: `new CertificatesV1Api(connection.configuration)`. */
  readonly configuration: Configuration
  /** For what the generated APIs cannot do: watches. */
  readonly transport: Transport
  readonly retry: RetryPolicy
  /** Options of a generated call that end it when the signal aborts. */
  withSignal(signal: AbortSignal): ConfigurationOptions
}

/** Opens nothing yet: the first call does. Disposing ends all connections. */
export function connectionTo(kubeConfig: KubeConfig, retry: RetryPolicy): Connection {
  const cluster = kubeConfig.getCurrentCluster()
  if (!cluster) throw new CertletError('KUBECONFIG_INVALID', 'Cannot connect: the kubeconfig has no current cluster')
  const transport = new Transport(kubeConfig, retry.clock)
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(cluster.server, {}),
    httpApi: wrapHttpLibrary(transport),
  })
  return {
    server: cluster.server,
    configuration,
    transport,
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
      transport.close()
    },
  }
}
