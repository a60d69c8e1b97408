import { CertletError } from '../errors.ts'
import type { Log } from '../log.ts'
import { bundleOf } from './ca-pins.ts'
import { type Cluster, clusterOf } from './cluster-info.ts'
import { type DiscoveryContext, readClusterInfo, type Trust } from './discover.ts'
import type { DiscoveryFile } from './discovery-file.ts'

/**
 * The cluster that a discovery file tells of, compared with what its server says itself. The file's word counts; a CA that it lacks
 * is taken from the server.
 * @throws CertletError of the connection; CLUSTER_INFO_ codes if the CA must come from there and cannot.
 * Source: cmd/kubeadm/app/discovery/file/file.go, ValidateConfigInfo.
 */
export async function confirmDiscoveryFile(
  { server, ca }: DiscoveryFile,
  context: DiscoveryContext & { readonly log: Log },
): Promise<Cluster> {
  const trusted: Trust = ca ? { caPem: bundleOf(ca) } : { system: true }
  try {
    const said = clusterOf((await readClusterInfo({ server, ...trusted }, context)).kubeconfig)
    if (said.server !== server) {
      context.log.warn('cluster-info names another address than the discovery file, which counts', {
        file: server,
        clusterInfo: said.server,
      })
    }
    return { server, ca: ca ?? said.ca }
  } catch (error) {
    if (!ca || !(error instanceof CertletError) || !error.code.startsWith('CLUSTER_INFO_')) throw error
    context.log.warn('the discovery file could not be compared with cluster-info', { reason: error.message })
    return { server, ca }
  }
}
