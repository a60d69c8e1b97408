/** The ConfigMap by which everything in a cluster knows the API server's CA; pods have it mounted beside their token. */
import type { KubeObject } from '../storage.ts'

export const ROOT_CA = 'kube-root-ca.crt'

/** Source: pkg/controller/certificates/rootcacertpublisher/publisher.go. */
export function rootCa(namespace: string, caPem: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: ROOT_CA, namespace, annotations: { 'kubernetes.io/description': DESCRIPTION } },
    data: { 'ca.crt': caPem },
  }
}

const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'
