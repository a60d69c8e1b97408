/** The ConfigMap by which a joining node learns of the cluster, before it trusts anybody. */
import { createHmac } from 'node:crypto'
import type { ClusterAddress } from '../kubeconfigs.ts'
import type { KubeObject } from '../storage.ts'
import { signingToken } from './token-secret.ts'

export const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' } as const

const SIGNATURE_PREFIX = 'jws-kubeconfig-'

/**
 * cluster-info with the kubeconfig that kubeadm puts there: a cluster without a name, and no user.
 * Source: cmd/kubeadm/app/phases/bootstraptoken/clusterinfo/clusterinfo.go; the text as client-go's clientcmd.Write prints it.
 */
export function clusterInfo({ url, caPem }: ClusterAddress): KubeObject {
  const kubeconfig = [
    'apiVersion: v1',
    'clusters:',
    '- cluster:',
    `    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}`,
    `    server: ${url}`,
    '  name: ""',
    'contexts: null',
    'current-context: ""',
    'kind: Config',
    'users: null',
    '',
  ].join('\n')
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...CLUSTER_INFO }, data: { kubeconfig } }
}

/**
 * A JWS without its payload: HS256 under the token's secret.
 * Source: staging/src/k8s.io/cluster-bootstrap/token/jws/jws.go (ComputeDetachedSignature).
 */
export function detachedSignature(payload: string, token: { id: string; secret: string }): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: token.id })).toString('base64url')
  const signed = `${header}.${Buffer.from(payload).toString('base64url')}`
  const signature = createHmac('sha256', token.secret).update(signed).digest('base64url')
  return `${header}..${signature}`
}

/**
 * The data of cluster-info with one signature for each token that signs, and no others; undefined when it is so already.
 * Source: pkg/controller/bootstrap/bootstrapsigner.go (signConfigMap).
 */
export function signedData(
  data: Readonly<Record<string, string>>,
  secrets: readonly KubeObject[],
  now: Date,
): Record<string, string> | undefined {
  const { kubeconfig } = data
  if (kubeconfig === undefined) return undefined
  const signatures = secrets.flatMap((secret) => {
    const token = signingToken(secret, now)
    return token ? [[SIGNATURE_PREFIX + token.id, detachedSignature(kubeconfig, token)] as const] : []
  })
  const unsigned = Object.entries(data).filter(([key]) => !key.startsWith(SIGNATURE_PREFIX))
  const next = Object.fromEntries([...unsigned, ...signatures])
  const names = Object.keys(next)
  const same = names.length === Object.keys(data).length && names.every((name) => next[name] === data[name])
  return same ? undefined : next
}
