import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { retrying } from '../backoff.ts'
import { bundleOf, certificatesOf } from '../discovery/ca-pins.ts'
import type { Cluster } from '../discovery/cluster-info.ts'
import type { DiscoveryContext } from '../discovery/discover.ts'
import { CertletError } from '../errors.ts'
import { connectionTo } from '../kube/connection.ts'
import { nodeReadiness } from '../kube/node-readiness.ts'
import { renderBootstrapKubeconfig } from '../kubeconfig/bootstrap-file.ts'
import { readClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import type { Log } from '../log.ts'
import { attempt } from '../store/disk-error.ts'
import { makeDirectory, removeDraftsOf, replaceFile } from '../store/replace-file.ts'
import type { Discovered } from './join-discovery.ts'

/** A credential of another cluster is neither used nor thrown away. @throws CertletError JOINED_ELSEWHERE */
export function refuseOtherCluster(path: string, { server }: Cluster): void {
  const found = readClientKubeconfig(path)
  if (found.kind !== 'readable' || found.server.url === server) return
  throw new CertletError(
    'JOINED_ELSEWHERE',
    `Cannot join ${server}: "${path}" has a credential for ${found.server.url} already`,
  )
}

/** @throws CertletError NODE_EXISTS; UNAUTHORIZED if the token is not accepted, and the connection's errors. */
export async function refuseTakenName(
  { cluster, credential, nodeName, replace }: Discovered & { readonly nodeName: string; readonly replace: boolean },
  { retry, signal }: DiscoveryContext,
  log: Log,
): Promise<void> {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(
    renderBootstrapKubeconfig({ server: cluster.server, caPem: bundleOf(cluster.ca) }, credential),
  )
  using connection = connectionTo(kubeConfig, retry)
  const found = await retrying(() => nodeReadiness(connection, nodeName, signal), retry, signal)
  if (found === 'forbidden') {
    log.warn(
      'the token may not read Nodes, so that nobody knows whether the name is taken; `certlet rbac` has the right for it',
    )
  }
  if (found === 'not ready')
    log.info('there is a Node of this name that is not Ready: taking it over', { node: nodeName })
  if (found !== 'ready') return
  if (!replace) {
    throw new CertletError('NODE_EXISTS', `Cannot join as "${nodeName}": a Node of that name is there and Ready`)
  }
  log.warn('a Node of this name is there and Ready, and is replaced', { node: nodeName })
}

/** Writes the CA where kubeadm writes it, unless it is there. @throws CertletError CA_DIFFERS, DISK_… */
export function writeCa(path: string, cluster: Cluster): void {
  refuseOtherCa(path, cluster)
  removeDraftsOf(path)
  if (existsSync(path)) return
  makeDirectory(dirname(path), 0o755)
  replaceFile(path, bundleOf(cluster.ca), 0o644)
}

/** A CA that is there already has to be the cluster's. @throws CertletError CA_DIFFERS */
export function refuseOtherCa(path: string, { ca }: Cluster): void {
  if (!existsSync(path)) return
  const found = certificatesOf(attempt('read', path, () => readFileSync(path, 'utf8'))) ?? []
  if (ca.every(({ raw }) => found.some((other) => other.raw.equals(raw)))) return
  throw new CertletError('CA_DIFFERS', `Cannot use "${path}": it holds another CA than the cluster has`)
}
