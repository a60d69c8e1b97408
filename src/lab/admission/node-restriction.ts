/** What a node may write. Source: plugin/pkg/admission/noderestriction/admission.go, pkg/kubelet/apis/well_known_labels.go. */
import { nodeNameOf } from '../authentication/user.ts'
import { collectionOf } from '../resources/resource.ts'
import { forbidden } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import type { AdmissionRequest } from './admission.ts'
import { type AskedSpec, otherNodeComplaint } from './requested-subject.ts'

const LEASE_NAMESPACE = 'kube-node-lease'

const KUBELET_LABELS = new Set([
  ...['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os'],
  ...['beta.kubernetes.io/arch', 'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'],
  ...['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'],
  ...['failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region'],
])
const KUBELET_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io']

/** @throws StatusError 403 when a node goes beyond what is its own; nobody else is looked at. */
export function restrictNode(request: AdmissionRequest): void {
  const { info, object, resource, user } = request
  const node = nodeNameOf(user)
  if (node === undefined) return
  const why = complaint(request, node)
  if (why === undefined) return
  const { name = '', generateName = '' } = object.metadata
  throw forbidden({ group: resource.group, name: resource.plural }, info.name || name || generateName, why)
}

function complaint(request: AdmissionRequest, node: string): string | undefined {
  switch (collectionOf(request.resource)) {
    case 'nodes.':
      return aboutNode(request, node)
    case 'leases.coordination.k8s.io':
      return aboutLease(request, node)
    case 'certificatesigningrequests.certificates.k8s.io':
      return aboutRequest(request, node)
    default:
      return undefined
  }
}

function aboutNode({ info, object, old }: AdmissionRequest, node: string): string | undefined {
  const me = `node ${JSON.stringify(node)} is not allowed`
  const changed = forbiddenLabels(object, old)
  if (!old && changed.length > 0) return `${me} to set the following labels: ${changed.join(', ')}`
  const name = info.name || (object.metadata.name ?? '')
  if (name !== node) return `${me} to modify node ${JSON.stringify(name)}`
  if (!old) return undefined
  if (JSON.stringify(taintsOf(object)) !== JSON.stringify(taintsOf(old))) return `${me} to modify taints`
  return changed.length > 0 ? `${me} to modify labels: ${changed.join(', ')}` : undefined
}

function taintsOf(node: KubeObject): unknown {
  return ((node['spec'] ?? {}) as { taints?: unknown[] }).taints ?? []
}

/** Labels of Kubernetes' own domains that are changed, and that are not the kubelet's business. */
function forbiddenLabels(object: KubeObject, old: KubeObject | undefined): string[] {
  const { labels: now = {} } = object.metadata
  const before = old?.metadata.labels ?? {}
  const keys = new Set([...Object.keys(now), ...Object.keys(before)])
  return [...keys].filter((key) => now[key] !== before[key] && isForbidden(key)).sort()
}

function isForbidden(label: string): boolean {
  const domain = label.includes('/') ? (label.split('/')[0] ?? '') : ''
  const within = (suffix: string): boolean => domain === suffix || domain.endsWith(`.${suffix}`)
  if (within('node-restriction.kubernetes.io')) return true
  if (!within('kubernetes.io') && !within('k8s.io')) return false
  return !KUBELET_LABELS.has(label) && !KUBELET_DOMAINS.some(within)
}

function aboutLease({ info, object, old }: AdmissionRequest, node: string): string | undefined {
  if (info.namespace !== LEASE_NAMESPACE) {
    return `can only access leases in the ${JSON.stringify(LEASE_NAMESPACE)} system namespace`
  }
  const name = old ? info.name : (object.metadata.name ?? '')
  return name === node ? undefined : 'can only access node lease with the same name as the requesting node'
}

function aboutRequest({ generation, info, object }: AdmissionRequest, node: string): string | undefined {
  if (!generation.nodeRestrictionOnCsr || info.subresource !== '' || info.verb !== 'create') return undefined
  return otherNodeComplaint((object['spec'] ?? {}) as AskedSpec, node)
}
