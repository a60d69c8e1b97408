import { CertletError } from '../errors.ts'
import { canonicalIp, canonicalIpSloppy } from './ip-address.ts'

/** Names that a serving certificate is for. IP addresses stand in their canonical text; both lists are sorted and free of doubles. */
export interface SubjectAltNames {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

/** One entry of a Node object's `status.addresses`. */
export interface NodeAddress {
  readonly type: string
  readonly address: string
}

/**
 * The names given on the command line: every `--node-ip`, the node's name, and every `--san`, which is an IP address or a DNS name.
 * @throws CertletError USAGE for a value that is neither, wildcards included.
 */
export function subjectAltNamesFromFlags({
  nodeName,
  nodeIps,
  sans,
}: {
  nodeName: string
  nodeIps: readonly string[]
  sans: readonly string[]
}): SubjectAltNames {
  const names = [nodeName, ...nodeIps.map(nodeIp), ...sans.map(givenName)]
  return sorted(
    names.filter((name) => canonicalIp(name) === undefined),
    names.flatMap((name) => canonicalIp(name) ?? []),
  )
}

/**
 * The names of a Node object, as the kubelet maps its addresses. Source: pkg/kubelet/certificate/kubelet.go, addressesToHostnamesAndIPs.
 */
export function subjectAltNamesFromNode(addresses: readonly NodeAddress[]): SubjectAltNames {
  const dnsNames: string[] = []
  const ipAddresses: string[] = []
  for (const { type, address } of addresses) {
    if (address === '') continue
    const ip = canonicalIpSloppy(address)
    const mayBeIp = type === 'Hostname' || type === 'InternalIP' || type === 'ExternalIP'
    const mayBeDns = type === 'Hostname' || type === 'InternalDNS' || type === 'ExternalDNS'
    if (mayBeIp && ip !== undefined) ipAddresses.push(ip)
    else if (mayBeDns) dnsNames.push(address)
  }
  return sorted(dnsNames, ipAddresses)
}

/** The node's name and one address of this machine, as the kubelet reports them where no cloud provider does. */
export function subjectAltNamesFromMachine(nodeName: string, address: string | undefined): SubjectAltNames {
  return subjectAltNamesFromFlags({ nodeName, nodeIps: address === undefined ? [] : [address], sans: [] })
}

/**
 * Hands `names` on if a kubelet would send a request with them: one IP address at least, or, up to Kubernetes 1.30, any name.
 * Source: gate AllowDNSOnlyNodeCSR.
 * @throws CertletError NO_ADDRESS
 */
export function requireAddress(
  names: SubjectAltNames,
  { dnsOnlyAllowed }: { dnsOnlyAllowed: boolean },
): SubjectAltNames {
  if (names.ipAddresses.length > 0 || (dnsOnlyAllowed && names.dnsNames.length > 0)) return names
  const found = names.dnsNames.length === 0 ? 'none found' : `only DNS names found (${names.dnsNames.join(', ')})`
  throw new CertletError('NO_ADDRESS', `Cannot request a serving certificate: it needs an IP address, ${found}`)
}

/** What `present` lacks of `wanted`, and what it has beyond that; a certificate serves as long as nothing is missing. */
export function sanDifference(
  wanted: SubjectAltNames,
  present: SubjectAltNames,
): { missing: string[]; extra: string[] } {
  return { missing: without(wanted, present), extra: without(present, wanted) }
}

function without(names: SubjectAltNames, others: SubjectAltNames): string[] {
  return [
    ...names.dnsNames.filter((name) => !others.dnsNames.includes(name)),
    ...names.ipAddresses.filter((ip) => !others.ipAddresses.includes(ip)),
  ]
}

function nodeIp(text: string): string {
  const ip = canonicalIp(text)
  if (ip === undefined)
    throw new CertletError('USAGE', `Cannot use --node-ip ${JSON.stringify(text)}: not an IP address`)
  return ip
}

function givenName(text: string): string {
  const ip = canonicalIp(text)
  if (ip !== undefined) return ip
  const broken = brokenDnsRule(text)
  if (broken !== undefined) throw new CertletError('USAGE', `Cannot use --san ${JSON.stringify(text)}: ${broken}`)
  return text.toLowerCase()
}

function brokenDnsRule(name: string): string | undefined {
  if (name.includes('*')) return 'wildcards are not for nodes'
  if (name.length > 253) return 'a DNS name has at most 253 characters'
  if (/^[\d.]+$/.test(name)) return 'neither an IP address nor a DNS name'
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i
  return name.split('.').every((part) => label.test(part)) ? undefined : 'neither an IP address nor a DNS name'
}

/** Sorted by UTF-16 units, which for these texts is the order of Go's sort.Strings. */
function sorted(dnsNames: string[], ipAddresses: string[]): SubjectAltNames {
  return { dnsNames: [...new Set(dnsNames)].sort(), ipAddresses: [...new Set(ipAddresses)].sort() }
}
