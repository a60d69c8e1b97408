/** Types of `storage.k8s.io/v1`. Source: `staging/src/k8s.io/api/storage/v1/{types.go,generated.proto}`. */
import { apiType, int32, list, mergedList, string, struct } from './schema.ts'
import { objectMeta } from './meta.ts'

const csiNodeDriver = struct('v1.CSINodeDriver', {
  name: [1, string, 'always'],
  nodeID: [2, string, 'always'],
  topologyKeys: [3, list(string), 'always'],
  allocatable: [4, struct('v1.VolumeNodeResources', { count: [1, int32, 'pointer'] }), 'pointer'],
})

export const csiNodeType = apiType('v1.CSINode', {
  metadata: [1, objectMeta],
  spec: [2, struct('v1.CSINodeSpec', { drivers: [1, mergedList(csiNodeDriver, 'name'), 'always'] })],
})
