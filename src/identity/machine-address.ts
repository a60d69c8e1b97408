import type { NetworkInterfaceInfo } from 'node:os'
import { canonicalIp, isGlobalUnicast } from './ip-address.ts'

/** What this machine says about its network. */
export interface MachineNetwork {
  /** As os.networkInterfaces() returns it. */
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>
  /** Text of /proc/self/net/route; absent where there is no such file. */
  ipv4Routes?: string | undefined
  /** Text of /proc/self/net/ipv6_route. */
  ipv6Routes?: string | undefined
}

type Family = 'IPv4' | 'IPv6'

/**
 * The address that the kubelet would choose for a node without `--node-ip`: that of the interface with the default route, in the
 * order of the routes, IPv4 first; never loopback or link-local. Where the interface has link-local addresses only (RFC 5549), a
 * global address on the loopback interface counts. Without a route table, the first such address of any interface.
 *
 * The kubelet asks DNS for the node's name before that; certlet does not, so that no name server decides what is requested.
 * Source: apimachinery util/net, chooseHostInterface; pkg/kubelet/nodestatus/setters.go.
 */
export function machineAddress({ interfaces, ipv4Routes, ipv6Routes }: MachineNetwork): string | undefined {
  const routes = { IPv4: ipv4DefaultInterfaces(ipv4Routes ?? ''), IPv6: ipv6DefaultInterfaces(ipv6Routes ?? '') }
  for (const family of ['IPv4', 'IPv6'] as const) {
    const names = ipv4Routes === undefined ? Object.keys(interfaces) : routes[family]
    for (const name of names) {
      const address = globalAddress(interfaces[name], family, false)
      if (address !== undefined) return address
      if (ipv4Routes === undefined) continue
      const onLoopback = Object.values(interfaces).flatMap((infos) => globalAddress(infos, family, true) ?? [])
      if (onLoopback[0] !== undefined) return onLoopback[0]
    }
  }
  return undefined
}

function globalAddress(
  infos: NetworkInterfaceInfo[] | undefined,
  family: Family,
  loopback: boolean,
): string | undefined {
  return infos
    ?.filter((info) => info.family === family && info.internal === loopback)
    .flatMap(({ address }) => canonicalIp(address) ?? [])
    .find(isGlobalUnicast)
}

/** Columns: interface, destination, gateway, …; hexadecimal. */
function ipv4DefaultInterfaces(table: string): string[] {
  return rows(table).flatMap(([name, destination]) => (destination === '00000000' && name !== undefined ? [name] : []))
}

/** Columns: destination, its prefix length, …; the interface stands last. */
function ipv6DefaultInterfaces(table: string): string[] {
  return rows(table).flatMap((row) => (row[0] === '0'.repeat(32) && row[9] !== undefined ? [row[9]] : []))
}

function rows(table: string): string[][] {
  return table.split('\n').map((line) => line.trim().split(/\s+/))
}
