/** Types of `certificates.k8s.io/v1`. Source: `staging/src/k8s.io/api/certificates/v1/{types.go,generated.proto}`. */
import { apiType, bytes, int32, list, map, named, string, struct, time, wrapped } from './schema.ts'
import { objectMeta } from './meta.ts'

const condition = struct('v1.CertificateSigningRequestCondition', {
  type: [1, named('v1.RequestConditionType'), 'always'],
  status: [6, named('v1.ConditionStatus'), 'always'],
  reason: [2, string],
  message: [3, string],
  lastUpdateTime: [4, time],
  lastTransitionTime: [5, time],
})

const spec = struct('v1.CertificateSigningRequestSpec', {
  request: [1, bytes, 'always'],
  signerName: [7, string, 'always'],
  expirationSeconds: [8, int32, 'pointer'],
  usages: [5, list(named('v1.KeyUsage'))],
  username: [2, string],
  uid: [3, string],
  groups: [4, list(string)],
  extra: [6, map(wrapped(string, 'v1.ExtraValue'))],
})

const status = struct('v1.CertificateSigningRequestStatus', {
  conditions: [1, list(condition)],
  certificate: [2, bytes],
})

export const certificateSigningRequestType = apiType('v1.CertificateSigningRequest', {
  metadata: [1, objectMeta],
  spec: [2, spec, 'always'],
  status: [3, status],
})
