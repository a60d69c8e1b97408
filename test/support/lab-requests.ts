import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import type { Lab } from '../../src/lab/index.ts'

/** Where CertificateSigningRequests are. */
export const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** As much of a CertificateSigningRequest as tests look at. */
export interface Csr {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly spec: Record<string, unknown>
  readonly status: {
    readonly conditions?: readonly { type: string; reason: string; message: string }[]
    readonly certificate?: string
  }
}

/** A request of a kubelet for its client certificate, or with names for its serving certificate, as an object to be created. */
export async function kubeletRequest(
  name: string,
  nodeName: string,
  names?: { dnsNames: string[]; ipAddresses: string[] },
): Promise<object> {
  const identity = { nodeName, commonName: `system:node:${nodeName}`, organization: 'system:nodes' } as const
  const keyPair = await generateKeyPair('ecdsa-p256')
  const { pem } = createCertificateRequest({ identity, keyPair, subjectAltNames: names })
  return {
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: names ? 'kubernetes.io/kubelet-serving' : 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', names ? 'server auth' : 'client auth'],
    },
  }
}

/** The request once `ready` says so. @throws when it does not within 2 s */
export async function csrWhen(lab: Lab, name: string, ready: (csr: Csr) => boolean): Promise<Csr> {
  for (const deadline = Date.now() + 2000; Date.now() < deadline;) {
    const { status, body } = await lab.admin('GET', `${CSRS}/${name}`)
    if (status === 200 && ready(body as Csr)) return body as Csr
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`request ${name} did not come that far in 2 s`)
}

export const isIssued = ({ status }: Csr): boolean => status.certificate !== undefined
export const hasCondition =
  (type: string) =>
  ({ status }: Csr): boolean =>
    status.conditions?.some((condition) => condition.type === type) ?? false
