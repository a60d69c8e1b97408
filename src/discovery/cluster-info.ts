import type { X509Certificate } from 'node:crypto'
import { load } from 'js-yaml'
import { CertletError } from '../errors.ts'
import { certificatesOf } from './ca-pins.ts'

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
 * The cluster of cluster-info's kubeconfig: the one without a name, else the current context's.
 * @throws CertletError CLUSTER_INFO_INVALID. Source: cmd/kubeadm/app/util/kubeconfig/kubeconfig.go, GetClusterFromKubeConfig.
 */
export function clusterOf(kubeconfig: string): Cluster {
  const cluster = clusterEntry(parse(kubeconfig))
  const { server, 'certificate-authority-data': data } = cluster
  if (typeof server !== 'string' || URL.parse(server)?.protocol !== 'https:') {
    throw invalid('its cluster has no https:// server')
  }
  const ca = typeof data === 'string' ? certificatesOf(Buffer.from(data, 'base64').toString('utf8')) : undefined
  if (!ca) throw invalid('its cluster has no certificate authority that can be read')
  return { server: server.replace(/\/+$/, ''), ca }
}

function parse(kubeconfig: string): Record<string, unknown> {
  try {
    const document = load(kubeconfig)
    if (isMapping(document)) return document
  } catch {
    // The parser's message quotes the text.
  }
  throw invalid('its kubeconfig is not YAML with a mapping in it')
}

function clusterEntry(config: Record<string, unknown>): Record<string, unknown> {
  const contextName = config['current-context']
  const context = entriesOf(config['contexts']).find(({ name }) => name === contextName)?.['context']
  const wanted = isMapping(context) ? context['cluster'] : undefined
  const clusters = entriesOf(config['clusters'])
  const found = clusters.find(({ name }) => (name ?? '') === '') ?? clusters.find(({ name }) => name === wanted)
  if (isMapping(found?.['cluster'])) return found['cluster']
  throw invalid('its kubeconfig has no cluster')
}

function entriesOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isMapping) : []
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(problem: string): CertletError {
  return new CertletError('CLUSTER_INFO_INVALID', `Cannot use ConfigMap kube-public/cluster-info: ${problem}`)
}
