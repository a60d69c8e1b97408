/** The types of the core group that nodes and their certificates need. Source: `staging/src/k8s.io/api/core/v1/{types.go,generated.proto}`. */
import {
  apiType,
  bool,
  bytes,
  int32,
  list,
  map,
  mergedList,
  microTime,
  named,
  quantity,
  string,
  struct,
  time,
} from './schema.ts'
import { objectMeta } from './meta.ts'

export const secretType = apiType('v1.Secret', {
  metadata: [1, objectMeta],
  immutable: [5, bool, 'pointer'],
  data: [2, map(bytes)],
  stringData: [4, map(string)],
  type: [3, named('v1.SecretType')],
})

export const configMapType = apiType('v1.ConfigMap', {
  metadata: [1, objectMeta],
  immutable: [4, bool, 'pointer'],
  data: [2, map(string)],
  binaryData: [3, map(bytes)],
})

const namespaceCondition = struct('v1.NamespaceCondition', {
  type: [1, named('v1.NamespaceConditionType'), 'always'],
  status: [2, named('v1.ConditionStatus'), 'always'],
  lastTransitionTime: [4, time],
  reason: [5, string],
  message: [6, string],
})
export const namespaceType = apiType('v1.Namespace', {
  metadata: [1, objectMeta],
  spec: [2, struct('v1.NamespaceSpec', { finalizers: [1, list(named('v1.FinalizerName'))] })],
  status: [
    3,
    struct('v1.NamespaceStatus', {
      phase: [1, named('v1.NamespacePhase')],
      conditions: [2, mergedList(namespaceCondition, 'type')],
    }),
  ],
})

export const objectReference = struct('v1.ObjectReference', {
  kind: [1, string],
  namespace: [2, string],
  name: [3, string],
  uid: [4, named('types.UID')],
  apiVersion: [5, string],
  resourceVersion: [6, string],
  fieldPath: [7, string],
})

export const serviceAccountType = apiType('v1.ServiceAccount', {
  metadata: [1, objectMeta],
  secrets: [2, mergedList(objectReference, 'name')],
  imagePullSecrets: [3, list(struct('v1.LocalObjectReference', { name: [1, string] }))],
  automountServiceAccountToken: [4, bool, 'pointer'],
})

export const eventSource = struct('v1.EventSource', { component: [1, string], host: [2, string] })
export const eventType = apiType('v1.Event', {
  metadata: [1, objectMeta],
  involvedObject: [2, objectReference, 'always'],
  reason: [3, string],
  message: [4, string],
  source: [5, eventSource],
  firstTimestamp: [6, time],
  lastTimestamp: [7, time],
  count: [8, int32],
  type: [9, string],
  eventTime: [10, microTime],
  series: [11, struct('v1.EventSeries', { count: [1, int32], lastObservedTime: [2, microTime] }), 'pointer'],
  action: [12, string],
  related: [13, objectReference, 'pointer'],
  reportingComponent: [14, string, 'always'],
  reportingInstance: [15, string, 'always'],
})

const taint = struct('v1.Taint', {
  key: [1, string, 'always'],
  value: [2, string],
  effect: [3, named('v1.TaintEffect'), 'always'],
  timeAdded: [4, time, 'pointer'],
})
const nodeSpec = struct('v1.NodeSpec', {
  podCIDR: [1, string],
  podCIDRs: [7, mergedList(string)],
  providerID: [3, string],
  unschedulable: [4, bool],
  taints: [5, list(taint)],
  configSource: [6, struct('v1.NodeConfigSource', {}), 'pointer'],
  externalID: [2, string],
})
const nodeCondition = struct('v1.NodeCondition', {
  type: [1, named('v1.NodeConditionType'), 'always'],
  status: [2, named('v1.ConditionStatus'), 'always'],
  lastHeartbeatTime: [3, time],
  lastTransitionTime: [4, time],
  reason: [5, string],
  message: [6, string],
})
const nodeAddress = struct('v1.NodeAddress', {
  type: [1, named('v1.NodeAddressType'), 'always'],
  address: [2, string, 'always'],
})
const daemonEndpoint = struct('v1.DaemonEndpoint', { Port: [1, int32, 'always'] })
const nodeSystemInfo = struct('v1.NodeSystemInfo', {
  machineID: [1, string, 'always'],
  systemUUID: [2, string, 'always'],
  bootID: [3, string, 'always'],
  kernelVersion: [4, string, 'always'],
  osImage: [5, string, 'always'],
  containerRuntimeVersion: [6, string, 'always'],
  kubeletVersion: [7, string, 'always'],
  kubeProxyVersion: [8, string, 'always'],
  operatingSystem: [9, string, 'always'],
  architecture: [10, string, 'always'],
})
const containerImage = struct('v1.ContainerImage', {
  names: [1, list(string)],
  sizeBytes: [2, { kind: 'int', goType: 'int64' }],
})
const resources = map(quantity, 'v1.ResourceList')
const nodeStatus = struct('v1.NodeStatus', {
  capacity: [1, resources],
  allocatable: [2, resources],
  phase: [3, named('v1.NodePhase')],
  conditions: [4, mergedList(nodeCondition, 'type')],
  addresses: [5, mergedList(nodeAddress, 'type')],
  daemonEndpoints: [6, struct('v1.NodeDaemonEndpoints', { kubeletEndpoint: [1, daemonEndpoint] })],
  nodeInfo: [7, nodeSystemInfo],
  images: [8, list(containerImage)],
  volumesInUse: [9, list(named('v1.UniqueVolumeName'))],
  volumesAttached: [
    10,
    list(struct('v1.AttachedVolume', { name: [1, string, 'always'], devicePath: [2, string, 'always'] })),
  ],
})
export const nodeType = apiType('v1.Node', { metadata: [1, objectMeta], spec: [2, nodeSpec], status: [3, nodeStatus] })
