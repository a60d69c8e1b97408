import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The canonical text of an IP address, equal to Go's net.IP.String(): RFC 5952, and dotted IPv4 for IPv4-mapped IPv6.
 * @returns undefined for anything that is no address, and for one with a zone, which a certificate cannot hold.
 */
export function canonicalIp(text: string): string | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined
  const address = ipaddr.parse(withoutDottedTail(text))
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  return address.toString()
}

/**
 * An IP address as a certificate holds it: 4 octets or 16, as the text has it. An IPv4-mapped one keeps its 16.
 * @returns undefined for anything that is no address.
 */
export function ipOctets(text: string): Uint8Array | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined
  return Uint8Array.from(ipaddr.parse(withoutDottedTail(text)).toByteArray())
}

/** As `canonicalIp`, but IPv4 numbers may have leading zeros (`010.0.0.1` is 10.0.0.1). Source: k8s.io/utils/net, ParseIPSloppy. */
export function canonicalIpSloppy(text: string): string | undefined {
  return canonicalIp(text.replace(/(?<=^|[.:])0+(?=\d+(\.|$))(?![^.]*:)/g, ''))
}

/** Go's IP.IsGlobalUnicast: not unspecified, loopback, link-local, multicast or broadcast; private addresses are. */
export function isGlobalUnicast(canonical: string): boolean {
  const range = ipaddr.parse(canonical).range()
  return !['unspecified', 'loopback', 'linkLocal', 'multicast', 'broadcast'].includes(range)
}

/** ipaddr.js reads `::1.2.3.4` as IPv4-mapped, which it is not; two groups of hex digits cannot be misread. */
function withoutDottedTail(text: string): string {
  return text.replace(/(?<=:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
}
