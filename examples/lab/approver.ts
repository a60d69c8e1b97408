// The approver that approver.test.ts tests: a stand-in for yours.
import { CertificatesV1Api, type KubeConfig } from '@kubernetes/client-node'

const SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet'

/** Approves what bootstrap tokens have asked for, and denies what anybody else has. Tries again while the API server is busy. */
export async function decidePending(kubeConfig: KubeConfig): Promise<void> {
  const api = kubeConfig.makeApiClient(CertificatesV1Api)
  const { items } = await patiently(() => api.listCertificateSigningRequest())
  for (const csr of items.filter(({ spec, status }) => spec.signerName === SIGNER && !status?.conditions)) {
    const type = csr.spec.username?.startsWith('system:bootstrap:') ? 'Approved' : 'Denied'
    csr.status = { conditions: [{ type, status: 'True', reason: 'ExampleApprover' }] }
    const name = csr.metadata?.name ?? ''
    await patiently(() => api.replaceCertificateSigningRequestApproval({ name, body: csr }))
  }
}

async function patiently<T>(call: () => Promise<T>, triesLeft = 5): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (triesLeft === 0 || (error as { code?: number }).code !== 429) throw error
    await new Promise((resolve) => setTimeout(resolve, 20))
    return patiently(call, triesLeft - 1)
  }
}
