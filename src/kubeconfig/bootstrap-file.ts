import { dump } from 'js-yaml'

/** By what a new node shows that it may ask for a certificate. */
export type NodeCredential = { readonly token: string } | { readonly certificatePem: string; readonly keyPem: string }

/**
 * A bootstrap kubeconfig as kubeadm writes it, everything in it inline.
 * Source: cmd/kubeadm/app/util/kubeconfig/kubeconfig.go, CreateWithToken; constants.go, TokenUser (tls-bootstrap-token-user).
 */
export function renderBootstrapKubeconfig(
  { server, caPem }: { readonly server: string; readonly caPem: string },
  credential: NodeCredential,
): string {
  const user = 'tls-bootstrap-token-user'
  const context = `${user}@kubernetes`
  const document = {
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': base64(caPem), server }, name: 'kubernetes' }],
    contexts: [{ context: { cluster: 'kubernetes', user }, name: context }],
    'current-context': context,
    kind: 'Config',
    users: [
      {
        name: user,
        user:
          'token' in credential
            ? { token: credential.token }
            : {
                'client-certificate-data': base64(credential.certificatePem),
                'client-key-data': base64(credential.keyPem),
              },
      },
    ],
  }
  return dump(document, { lineWidth: -1 })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
