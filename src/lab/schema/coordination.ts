/** Types of `coordination.k8s.io/v1`. Source: `staging/src/k8s.io/api/coordination/v1/{types.go,generated.proto}`. */
import { apiType, int32, microTime, string, struct } from './schema.ts'
import { objectMeta } from './meta.ts'

export const leaseType = apiType('v1.Lease', {
  metadata: [1, objectMeta],
  spec: [
    2,
    struct('v1.LeaseSpec', {
      holderIdentity: [1, string, 'pointer'],
      leaseDurationSeconds: [2, int32, 'pointer'],
      acquireTime: [3, microTime, 'pointer'],
      renewTime: [4, microTime, 'pointer'],
      leaseTransitions: [5, int32, 'pointer'],
    }),
  ],
})
