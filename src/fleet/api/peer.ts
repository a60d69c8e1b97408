import { createSecureContext } from 'node:tls'
import type { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../../errors.ts'
import { requestOptions } from '../../kube/exec-plugin.ts'
import type { Peer } from './wire.ts'

/** A client certificate and its key, PEM. */
export interface PemPair {
  readonly certificatePem: string
  readonly keyPem: string
}

/**
 * The API server of a kubeconfig, and the credential that it has.
 * @throws CertletError USAGE where it is to be reached by a proxy; CREDENTIAL_PLUGIN
 */
export async function peerOf(kubeConfig: KubeConfig, signal: AbortSignal): Promise<Peer> {
  const cluster = kubeConfig.getCurrentCluster()
  if (!cluster) throw new CertletError('KUBECONFIG_INVALID', 'Cannot connect: the kubeconfig has no current cluster')
  if (cluster.proxyUrl !== undefined || cluster.server.startsWith('http:')) {
    throw new CertletError('USAGE', `Cannot measure ${cluster.server}: a fleet connects by TLS, and without a proxy`)
  }
  const { ca, cert, key, servername, rejectUnauthorized, headers } = await requestOptions(kubeConfig, signal)
  const caPem = ca === undefined ? undefined : String(ca)
  return {
    server: cluster.server.replace(/\/+$/, ''),
    context: createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' }),
    serverName: servername,
    verify: rejectUnauthorized !== false,
    headers: (headers ?? {}) as Record<string, string>,
    target: {
      url: new URL(cluster.server),
      ...(caPem !== undefined && { caPem }),
      ...(servername !== undefined && { tlsServerName: servername }),
    },
  }
}

/** The same API server, for a node with a pair of its own. */
export function peerWith(peer: Peer, { certificatePem, keyPem }: PemPair): Peer {
  const { caPem } = peer.target
  const context = createSecureContext({ ca: caPem, cert: certificatePem, key: keyPem, minVersion: 'TLSv1.2' })
  return { ...peer, context, headers: {} }
}
