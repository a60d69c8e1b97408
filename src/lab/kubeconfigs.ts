import { dump } from 'js-yaml'
import type { KeyPair } from './pki/authority.ts'

export interface ClusterAddress {
  readonly url: string
  readonly caPem: string
}

/** A bootstrap kubeconfig as kubeadm writes it. Source: cmd/kubeadm/app/util/kubeconfig/kubeconfig.go, CreateWithToken. */
export function tokenKubeconfig(cluster: ClusterAddress, token: string): string {
  return kubeconfig(cluster, 'tls-bootstrap-token-user', { token })
}

/** A kubeconfig with a client certificate inside. Source: CreateWithCerts in the same file. */
export function certificateKubeconfig(
  cluster: ClusterAddress,
  user: string,
  { certificatePem, keyPem }: KeyPair,
): string {
  return kubeconfig(cluster, user, {
    'client-certificate-data': base64(certificatePem),
    'client-key-data': base64(keyPem),
  })
}

function kubeconfig({ url, caPem }: ClusterAddress, user: string, credential: object): string {
  const name = `${user}@kubernetes`
  const document = {
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': base64(caPem), server: url }, name: 'kubernetes' }],
    contexts: [{ context: { cluster: 'kubernetes', user }, name }],
    'current-context': name,
    kind: 'Config',
    users: [{ name: user, user: credential }],
  }
  return dump(document, { lineWidth: -1 })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
