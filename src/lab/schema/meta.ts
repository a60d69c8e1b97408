/** Types of `meta.k8s.io/v1`. Source: `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/{types.go,generated.proto}`. */
import { any, apiType, bool, int64, list, map, mergedList, named, string, struct, time } from './schema.ts'

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
  ownerReferences: [13, mergedList(ownerReference, 'uid')],
  finalizers: [14, mergedList(string)],
  managedFields: [17, list(managedFieldsEntry)],
})

/** What a DELETE may say in its body. */
export const deleteOptionsType = apiType('v1.DeleteOptions', {
  gracePeriodSeconds: [1, int64, 'pointer'],
  preconditions: [
    2,
    struct('v1.Preconditions', { uid: [1, uid, 'pointer'], resourceVersion: [2, string, 'pointer'] }),
    'pointer',
  ],
  orphanDependents: [3, bool, 'pointer'],
  propagationPolicy: [4, named('v1.DeletionPropagation'), 'pointer'],
  dryRun: [5, list(string)],
})
