/** Types of `meta.k8s.io/v1`. Source: `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/{types.go,generated.proto}`. */
import {
  any,
  apiType,
  bool,
  int32,
  int64,
  list,
  map,
  named,
  string,
  struct,
  time,
  type StructSchema,
} from './schema.ts'

const uid = named('types.UID')

export const ownerReference = struct('v1.OwnerReference', {
  apiVersion: [5, string, 'always'],
  kind: [1, string, 'always'],
  name: [3, string, 'always'],
  uid: [4, uid, 'always'],
  controller: [6, bool, 'pointer'],
  blockOwnerDeletion: [7, bool, 'pointer'],
})

/** Read, so that strict decoding knows the names, and dropped: the lab keeps no field managers. */
const managedFieldsEntry = struct('v1.ManagedFieldsEntry', {
  manager: [1, string],
  operation: [2, named('v1.ManagedFieldsOperationType')],
  apiVersion: [3, string],
  time: [4, time, 'pointer'],
  fieldsType: [6, string],
  fieldsV1: [0, any, 'pointer'],
  subresource: [8, string],
})

export const objectMeta = struct('v1.ObjectMeta', {
  name: [1, string],
  generateName: [2, string],
  namespace: [3, string],
  selfLink: [4, string],
  uid: [5, uid],
  resourceVersion: [6, string],
  generation: [7, int64],
  creationTimestamp: [8, time],
  deletionTimestamp: [9, time, 'pointer'],
  deletionGracePeriodSeconds: [10, int64, 'pointer'],
  labels: [11, map(string)],
  annotations: [12, map(string)],
  ownerReferences: [13, list(ownerReference)],
  finalizers: [14, list(string)],
  managedFields: [17, list(managedFieldsEntry)],
})

export const listMeta = struct('v1.ListMeta', {
  selfLink: [1, string],
  resourceVersion: [2, string],
  continue: [3, string],
  remainingItemCount: [4, int64, 'pointer'],
})

const statusCause = struct('v1.StatusCause', {
  reason: [1, named('v1.CauseType')],
  message: [2, string],
  field: [3, string],
})

const statusDetails = struct('v1.StatusDetails', {
  name: [1, string],
  group: [2, string],
  kind: [3, string],
  uid: [6, uid],
  causes: [4, list(statusCause)],
  retryAfterSeconds: [5, int32],
})

/** `Status`: what every error and some deletions answer. */
export const statusType = apiType('v1.Status', {
  metadata: [1, listMeta],
  status: [2, string],
  message: [3, string],
  reason: [4, named('v1.StatusReason')],
  details: [5, statusDetails, 'pointer'],
  code: [6, int32],
})

const preconditions = struct('v1.Preconditions', {
  uid: [1, uid, 'pointer'],
  resourceVersion: [2, string, 'pointer'],
})

/** The body of DELETE requests. */
export const deleteOptionsType = apiType('v1.DeleteOptions', {
  gracePeriodSeconds: [1, int64, 'pointer'],
  preconditions: [2, preconditions, 'pointer'],
  orphanDependents: [3, bool, 'pointer'],
  propagationPolicy: [4, named('v1.DeletionPropagation'), 'pointer'],
  dryRun: [5, list(string)],
  ignoreStoreReadErrorWithClusterBreakingPotential: [6, bool, 'pointer'],
})

const serverAddress = struct('v1.ServerAddressByClientCIDR', {
  clientCIDR: [1, string, 'always'],
  serverAddress: [2, string, 'always'],
})

export const apiVersionsType = apiType('v1.APIVersions', {
  versions: [1, list(string), 'always'],
  serverAddressByClientCIDRs: [2, list(serverAddress), 'always'],
})

const groupVersion = struct('v1.GroupVersionForDiscovery', {
  groupVersion: [1, string, 'always'],
  version: [2, string, 'always'],
})

const groupFields = {
  name: [1, string, 'always'],
  versions: [2, list(groupVersion), 'always'],
  preferredVersion: [3, groupVersion],
  serverAddressByClientCIDRs: [4, list(serverAddress)],
} as const

export const apiGroupType = apiType('v1.APIGroup', groupFields)

export const apiGroupListType = apiType('v1.APIGroupList', {
  groups: [1, list(struct('v1.APIGroup', groupFields)), 'always'],
})

const apiResource = struct('v1.APIResource', {
  name: [1, string, 'always'],
  singularName: [6, string, 'always'],
  namespaced: [2, bool, 'always'],
  group: [8, string],
  version: [9, string],
  kind: [3, string, 'always'],
  // A message with one repeated field in protobuf (`Verbs`).
  verbs: [4, { kind: 'wrapped', goType: 'v1.Verbs', of: string }, 'always'],
  shortNames: [5, list(string)],
  categories: [7, list(string)],
  storageVersionHash: [10, string],
})

export const apiResourceListType = apiType('v1.APIResourceList', {
  groupVersion: [1, string, 'always'],
  resources: [2, list(apiResource), 'always'],
})

/** `PartialObjectMetadata`: any object without its body. */
export const partialObjectMetadataType = apiType('v1.PartialObjectMetadata', { metadata: [1, objectMeta] })

export const partialObjectMetadataListType = listOf(partialObjectMetadataType)

/** The list type of a kind. Items carry no kind and apiVersion of their own, unless they are of mixed kinds. */
export function listOf(item: StructSchema, goType = `${item.goType}List`): StructSchema {
  return apiType(goType, { metadata: [1, listMeta], items: [2, list(item), 'always'] })
}
