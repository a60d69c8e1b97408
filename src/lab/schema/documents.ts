/** Types of what the server says besides objects. Source: apimachinery pkg/apis/meta/v1/generated.proto, `staging/src/k8s.io/api/apidiscovery/v2/generated.proto`. */
import { objectMeta } from './meta.ts'
import { apiType, bool, bytes, int32, int64, list, string, struct, type StructSchema, wrapped } from './schema.ts'

export const listMeta = struct('v1.ListMeta', {
  selfLink: [1, string],
  resourceVersion: [2, string],
  continue: [3, string],
  remainingItemCount: [4, int64, 'pointer'],
})

/** A list of objects of a type. */
export function listOf(item: StructSchema): StructSchema {
  return apiType(`${item.goType}List`, { metadata: [1, listMeta], items: [2, list(item), 'always'] })
}

const details = struct('v1.StatusDetails', {
  name: [1, string],
  group: [2, string],
  kind: [3, string],
  uid: [6, string],
  causes: [4, list(struct('v1.StatusCause', { reason: [1, string], message: [2, string], field: [3, string] }))],
  retryAfterSeconds: [5, int32],
})

export const statusType = apiType('v1.Status', {
  metadata: [1, listMeta],
  status: [2, string],
  message: [3, string],
  reason: [4, string],
  details: [5, details, 'pointer'],
  code: [6, int32],
})

/** An event of a watch; the object has an envelope of its own. */
export const watchEventType = struct('v1.WatchEvent', {
  type: [1, string],
  object: [2, struct('runtime.RawExtension', { raw: [1, bytes] })],
})

export const partialObjectMetadataType = apiType('v1.PartialObjectMetadata', { metadata: [1, objectMeta] })

const resource = struct('v1.APIResource', {
  name: [1, string],
  singularName: [6, string, 'always'],
  namespaced: [2, bool, 'always'],
  group: [8, string],
  version: [9, string],
  kind: [3, string],
  verbs: [4, wrapped(string, 'v1.Verbs'), 'always'],
  shortNames: [5, list(string)],
  categories: [7, list(string)],
  storageVersionHash: [10, string],
})
const serverAddress = struct('v1.ServerAddressByClientCIDR', { clientCIDR: [1, string], serverAddress: [2, string] })
const groupVersion = struct('v1.GroupVersionForDiscovery', { groupVersion: [1, string], version: [2, string] })
const group = {
  name: [1, string, 'always'],
  versions: [2, list(groupVersion), 'always'],
  preferredVersion: [3, groupVersion],
  serverAddressByClientCIDRs: [4, list(serverAddress)],
} as const

const kind = struct('v1.GroupVersionKind', { group: [1, string], version: [2, string], kind: [3, string] })
const subresourceDiscovery = struct('v2.APISubresourceDiscovery', {
  subresource: [1, string],
  responseKind: [2, kind, 'pointer'],
  acceptedTypes: [3, list(kind)],
  verbs: [4, list(string)],
})
const resourceDiscovery = struct('v2.APIResourceDiscovery', {
  resource: [1, string],
  responseKind: [2, kind, 'pointer'],
  scope: [3, string],
  singularResource: [4, string],
  verbs: [5, list(string)],
  shortNames: [6, list(string)],
  categories: [7, list(string)],
  subresources: [8, list(subresourceDiscovery)],
})
const versionDiscovery = struct('v2.APIVersionDiscovery', {
  version: [1, string],
  resources: [2, list(resourceDiscovery)],
  freshness: [3, string],
})
const groupDiscovery = struct('v2.APIGroupDiscovery', {
  metadata: [1, objectMeta],
  versions: [2, list(versionDiscovery)],
})

/** By kind; they have no version but `v1`, and aggregated discovery the same form in each of its own. */
export const documentTypes: Readonly<Record<string, StructSchema>> = {
  Status: statusType,
  PartialObjectMetadata: partialObjectMetadataType,
  PartialObjectMetadataList: listOf(partialObjectMetadataType),
  APIResourceList: apiType('v1.APIResourceList', {
    groupVersion: [1, string],
    resources: [2, list(resource), 'always'],
  }),
  APIGroup: apiType('v1.APIGroup', group),
  APIGroupList: apiType('v1.APIGroupList', { groups: [1, list(struct('v1.APIGroup', group)), 'always'] }),
  APIVersions: apiType('v1.APIVersions', {
    versions: [1, list(string), 'always'],
    serverAddressByClientCIDRs: [2, list(serverAddress), 'always'],
  }),
  APIGroupDiscoveryList: listOf(groupDiscovery),
}
