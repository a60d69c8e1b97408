import type { X509Certificate } from 'node:crypto'
import { CertletError } from '../errors.ts'
import { certificatesOf } from './ca-pins.ts'
import { clusterEntry, httpsServer, isMapping } from './cluster-entry.ts'

/** What the ConfigMap kube-public/cluster-info holds. Source: cluster-bootstrap token/api/types.go. */
export interface ClusterInfo {
  /** Text of a kubeconfig without users; what is signed is exactly these bytes. */
  readonly kubeconfig: string
  /** One detached JWS for each token that may sign, by token id. */
  readonly signatures: ReadonlyMap<string, string>
}

/** A cluster as a new node needs to know it. */
export interface Cluster {
  /** Address of the API server, without a slash at its end. */
  readonly server: string
  readonly ca: readonly X509Certificate[]
}

const SIGNATURE = 'jws-kubeconfig-'

/** Reads the ConfigMap's `data`. @throws CertletError CLUSTER_INFO_INVALID */
export function readClusterInfoData(data: unknown): ClusterInfo {
  if (!isMapping(data)) throw invalid('it has no data')
  const kubeconfig = data['kubeconfig']
  if (typeof kubeconfig !== 'string' || kubeconfig === '') throw invalid('it has no kubeconfig')
  const signatures = Object.entries(data).flatMap(([key, value]) =>
    key.startsWith(SIGNATURE) && typeof value === 'string' ? [[key.slice(SIGNATURE.length), value] as const] : [],
  )
  return { kubeconfig, signatures: new Map(signatures) }
}

/**
 * The cluster of cluster-info's kubeconfig.
 * @throws CertletError CLUSTER_INFO_INVALID
 */
export function clusterOf(kubeconfig: string): Cluster {
  const entry = clusterEntry(kubeconfig)
  if (typeof entry === 'string') throw invalid(`its kubeconfig ${entry}`)
  const server = httpsServer(entry)
  if (server === undefined) throw invalid('its cluster has no https:// server')
  const { 'certificate-authority-data': data } = entry
  const ca = typeof data === 'string' ? certificatesOf(Buffer.from(data, 'base64').toString('utf8')) : undefined
  if (!ca) throw invalid('its cluster has no certificate authority that can be read')
  return { server, ca }
}

function invalid(problem: string): CertletError {
  return new CertletError('CLUSTER_INFO_INVALID', `Cannot use ConfigMap kube-public/cluster-info: ${problem}`)
}
