import { createSecureContext } from 'node:tls'
import type { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../../errors.ts'
import { requestOptions } from '../../kube/exec-plugin.ts'
import { shownAddress } from '../../kubeconfig/shown-address.ts'
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
  const url = URL.parse(cluster.server)
  if (!url)
    throw new CertletError('KUBECONFIG_INVALID', 'Cannot connect: the address of the kubeconfig’s server is none')
  if (cluster.proxyUrl !== undefined || url.protocol !== 'https:') {
    throw new CertletError('USAGE', `Cannot measure ${url.origin}: a fleet connects by TLS, and without a proxy`)
  }
  const { ca, cert, key, servername, rejectUnauthorized, headers } = await requestOptions(kubeConfig, signal)
  const caPem = ca === undefined ? undefined : String(ca)
  return {
    // It stands in reports.
    server: shownAddress(cluster.server),
    context: createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' }),
    serverName: servername,
    verify: rejectUnauthorized !== false,
    headers: (headers ?? {}) as Record<string, string>,
    target: {
      url,
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
