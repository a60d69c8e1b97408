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

/** Written out: a start of the lab would load and warm up a YAML library for nothing but this. */
function kubeconfig(
  { url, caPem }: ClusterAddress,
  user: string,
  credential: Readonly<Record<string, string>>,
): string {
  const name = scalar(`${user}@kubernetes`)
  return `apiVersion: v1
clusters:
  - cluster:
      certificate-authority-data: ${base64(caPem)}
      server: ${scalar(url)}
    name: kubernetes
contexts:
  - context:
      cluster: kubernetes
      user: ${scalar(user)}
    name: ${name}
current-context: ${name}
kind: Config
users:
  - name: ${scalar(user)}
    user:
${Object.entries(credential)
  .map(([key, value]) => `      ${key}: ${scalar(value)}\n`)
  .join('')}`
}

/** Plain where nothing else could be meant by it, else in quotes: a string of JSON is one of YAML, too. */
function scalar(text: string): string {
  return /^[a-z]+([:.@/-]+[\w[\]]+)+$/.test(text) ||
    (/^[A-Za-z0-9+/]{12,}=*$/.test(text) && /[A-Z]/.test(text[0] ?? ''))
    ? text
    : JSON.stringify(text)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
