import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Whether NO_PROXY takes a host out, by Go's rules, which the kubelet and kubectl go by: `*`; an address; a CIDR; a name, which counts
 * for names below it, too; each with a port or without. Loopback is always out. Source: golang.org/x/net/http/httpproxy, useProxy.
 */
export function withoutProxy(host: string, port: number, noProxy: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || (isIP(bare) !== 0 && ipaddr.parse(bare).range() === 'loopback')) return true
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry, bare, port))
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry.includes('/')) return isIP(host) !== 0 && inRange(host, entry)
  const [, name = '', wanted] = /^(\[[^\]]+\]|[^:]+|[^[]*:[^[]*:[^[]*)(?::(\d+))?$/.exec(entry) ?? []
  if (wanted !== undefined && Number(wanted) !== port) return false
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*(?=\.)/, '')
  if (isIP(bare) !== 0) return isIP(host) !== 0 && ipaddr.parse(bare).toString() === ipaddr.parse(host).toString()
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`)
}

function inRange(host: string, range: string): boolean {
  try {
    const address = ipaddr.parse(host)
    const [base, bits] = ipaddr.parseCIDR(range)
    return address.kind() === base.kind() && address.match(base, bits)
  } catch {
    return false // not a CIDR
  }
}
