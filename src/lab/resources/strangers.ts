/**
 * Kinds that have nothing to do with certificates, and that clients look for all the same: `kubectl describe node` lists a node's
 * pods, `kubectl cluster-info` lists services, a kubelet's informers list what it might need. The lab has none of them and takes none.
 */
import { objectMeta } from '../schema/meta.ts'
import { apiType } from '../schema/schema.ts'
import { subdomainName } from '../validation.ts'
import type { Resource } from './resource.ts'

type Stranger = Pick<Resource, 'group' | 'plural' | 'singular' | 'kind' | 'namespaced'> & Partial<Resource>

const none = (stranger: Stranger): Resource => ({
  version: 'v1',
  verbs: ['get', 'list', 'watch'],
  type: apiType(`v1.${stranger.kind}`, { metadata: [1, objectMeta] }),
  nameRule: subdomainName,
  strategy: {},
  ...stranger,
})

/** Names of fields for selectors; there is nothing that has values in them. */
const selectable = (...fields: string[]): Pick<Resource, 'selectable'> => ({
  selectable: () => Object.fromEntries(fields.map((field) => [field, ''])),
})

export const strangers: readonly Resource[] = [
  none({
    ...{ group: '', plural: 'pods', singular: 'pod', kind: 'Pod', namespaced: true },
    ...{ shortNames: ['po'], categories: ['all'] },
    ...selectable(
      ...['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork'],
      ...['status.phase', 'status.podIP', 'status.nominatedNodeName'],
    ),
  }),
  none({
    ...{ group: '', plural: 'services', singular: 'service', kind: 'Service', namespaced: true },
    ...{ shortNames: ['svc'], categories: ['all'] },
    ...selectable('spec.clusterIP', 'spec.type'),
  }),
  none({
    ...{ group: '', plural: 'resourcequotas', singular: 'resourcequota', kind: 'ResourceQuota', namespaced: true },
    shortNames: ['quota'],
  }),
  none({
    ...{ group: '', plural: 'limitranges', singular: 'limitrange', kind: 'LimitRange', namespaced: true },
    shortNames: ['limits'],
  }),
  none({
    ...{ group: 'node.k8s.io', plural: 'runtimeclasses', singular: 'runtimeclass', kind: 'RuntimeClass' },
    namespaced: false,
  }),
  none({
    ...{ group: 'storage.k8s.io', plural: 'csidrivers', singular: 'csidriver', kind: 'CSIDriver' },
    namespaced: false,
  }),
]
