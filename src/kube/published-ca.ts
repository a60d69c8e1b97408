import { CertificatesV1beta1Api, CoreV1Api } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { ApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** Where a cluster publishes the authorities that its API server's certificate may be from. */
export type CaPublication =
  { readonly kind: 'configmap'; readonly namespace: string } | { readonly kind: 'trust-bundle' }

/** Source: pkg/controller/certificates/rootcacertpublisher/publisher.go, RootCACertConfigMapName. */
const CONFIG_MAP = 'kube-root-ca.crt'

/** Source: pkg/controller/certificates/clustertrustbundlepublisher/publisher.go; k8s.io/api certificates/v1beta1. */
const SIGNER = 'kubernetes.io/kube-apiserver-serving'

/** How messages call it. */
export function nameOf(publication: CaPublication): string {
  return publication.kind === 'configmap'
    ? `ConfigMap ${publication.namespace}/${CONFIG_MAP}`
    : `ClusterTrustBundles of ${SIGNER}`
}

/**
 * The PEM text that is published there, unchecked.
 * @throws CertletError CA_NOT_PUBLISHED if there is none, or it may not be read; whatever the connection throws.
 */
export async function publishedCa(
  connection: Connection,
  publication: CaPublication,
  signal: AbortSignal,
): Promise<string> {
  try {
    const pem = await understood(connection, signal, () =>
      publication.kind === 'configmap'
        ? inConfigMap(connection, publication.namespace, signal)
        : inTrustBundles(connection, signal),
    )
    if (pem !== '') return pem
    throw new CertletError('CA_NOT_PUBLISHED', `Cannot refresh the CA: there is nothing in ${nameOf(publication)}`)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { code } = error.status
    if (code !== 403 && code !== 404) throw error
    const why = code === 403 ? 'this node may not read' : 'the cluster does not have'
    throw new CertletError('CA_NOT_PUBLISHED', `Cannot refresh the CA: ${why} ${nameOf(publication)}`, {
      hint: hintOf(publication, code),
    })
  }
}

async function inConfigMap(connection: Connection, namespace: string, signal: AbortSignal): Promise<string> {
  const api = new CoreV1Api(connection.configuration)
  const { data } = await api.readNamespacedConfigMap({ namespace, name: CONFIG_MAP }, connection.withSignal(signal))
  const pem: unknown = data?.['ca.crt']
  return typeof pem === 'string' ? pem : ''
}

async function inTrustBundles(connection: Connection, signal: AbortSignal): Promise<string> {
  const api = new CertificatesV1beta1Api(connection.configuration)
  const fieldSelector = `spec.signerName=${SIGNER}`
  const { items } = await api.listClusterTrustBundle({ fieldSelector }, connection.withSignal(signal))
  return items
    .filter(({ spec }) => spec.signerName === SIGNER)
    .map(({ spec }) => `${spec.trustBundle}\n`)
    .join('')
}

/** A node may read what its pods mount: the Node authorizer. Source: plugin/pkg/auth/authorizer/node/node_authorizer.go. */
function hintOf(publication: CaPublication, status: 403 | 404): string {
  if (publication.kind === 'trust-bundle') {
    // Without the feature nodes have no right to them either, so 403 comes before 404.
    return 'they are there, and nodes may read them, only with the feature gate ClusterTrustBundle and certificates.k8s.io/v1beta1: try --refresh-ca configmap'
  }
  if (status === 404) return 'kube-controller-manager puts it in every namespace: check --refresh-ca-namespace'
  const where = `-n ${publication.namespace}`
  const name = 'certlet:kube-root-ca'
  return (
    'a node may read it where one of its pods mounts it, as kube-proxy does in kube-system; else an administrator can grant it: ' +
    `kubectl create role ${name} ${where} --verb=get --resource=configmaps --resource-name=${CONFIG_MAP}; ` +
    `kubectl create rolebinding ${name} ${where} --role=${name} --group=system:nodes`
  )
}
