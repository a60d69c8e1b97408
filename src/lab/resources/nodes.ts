/** Nodes. Source: pkg/registry/core/node/strategy.go, pkg/printers/internalversion/printers.go (printNode). */
import { nodeType } from '../schema/core.ts'
import type { KubeObject } from '../storage.ts'
import { subdomainName } from '../validation.ts'
import { age, ageColumn, nameColumn } from './columns.ts'
import { type Resource, withStatusOf } from './resource.ts'

interface Spec {
  readonly unschedulable?: boolean
}

interface Status {
  readonly conditions?: readonly { type: string; status: string }[]
  readonly addresses?: readonly { type: string; address: string }[]
  readonly nodeInfo?: Readonly<Record<string, string>>
}

const specOf = (node: KubeObject): Spec => (node['spec'] ?? {}) as Spec
const statusOf = (node: KubeObject): Status => (node['status'] ?? {}) as unknown as Status

function state(node: KubeObject): string {
  const ready = statusOf(node).conditions?.find(({ type }) => type === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady']
  if (specOf(node).unschedulable) words.push('SchedulingDisabled')
  return words.join(',')
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function roles({ metadata: { labels = {} } }: KubeObject): string {
  const names = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX) && key !== ROLE_PREFIX) return [key.slice(ROLE_PREFIX.length)]
    return key === 'kubernetes.io/role' && value !== '' ? [value] : []
  })
  return names.length === 0 ? '<none>' : [...new Set(names)].sort().join(',')
}

const address = (node: KubeObject, wanted: string): string =>
  statusOf(node).addresses?.find(({ type }) => type === wanted)?.address ?? '<none>'

const info = (node: KubeObject, field: string): string => statusOf(node).nodeInfo?.[field] ?? ''

const ADDRESSES =
  'List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/concepts/nodes/node/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example.'

export const nodes: Resource = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  storedAs: 'minions',
  type: nodeType,
  nameRule: subdomainName,
  selectable: (object) => ({ 'spec.unschedulable': specOf(object).unschedulable === true ? 'true' : 'false' }),
  strategy: { prepareForUpdate: (object, old) => withStatusOf(object, old) },
  subresources: {
    status: {
      prepareForUpdate: (object, old) => ({ ...old, metadata: object.metadata, status: object['status'] ?? {} }),
    },
  },
  table: {
    columns: [
      nameColumn,
      { name: 'Status', description: 'The status of the node' },
      { name: 'Roles', description: 'The roles of the node' },
      ageColumn,
      { name: 'Version', description: 'Kubelet Version reported by the node.' },
      { name: 'Internal-IP', description: ADDRESSES, priority: 1 },
      { name: 'External-IP', description: ADDRESSES, priority: 1 },
      {
        name: 'OS-Image',
        description: 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
        priority: 1,
      },
      {
        name: 'Kernel-Version',
        description: "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
        priority: 1,
      },
      {
        name: 'Container-Runtime',
        description:
          'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
        priority: 1,
      },
    ],
    cells: (object, now) => [
      ...[object.metadata.name ?? '', state(object), roles(object), age(object, now), info(object, 'kubeletVersion')],
      ...[address(object, 'InternalIP'), address(object, 'ExternalIP')],
      ...['osImage', 'kernelVersion', 'containerRuntimeVersion'].map((field) => info(object, field) || '<unknown>'),
    ],
  },
}
