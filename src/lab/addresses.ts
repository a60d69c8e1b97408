/** Where a lab is reached, and what its certificate calls it. Pure. */
import { isIP } from 'node:net'
import type { SubjectAlternativeNames } from './pki/subject-alternative-names.ts'

/** Where clients on this machine reach a server that listens on `host`. */
export function reachable(host: string): string {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return address.includes(':') ? `[${address}]` : address
}

/** The address and further names, as the API server's certificate has them. */
export function namesOf(host: string, further: readonly string[] = []): Partial<SubjectAlternativeNames> {
  const all = [host, ...further].filter((name) => name !== '0.0.0.0' && name !== '::')
  return { ipAddresses: all.filter((name) => isIP(name)), dnsNames: all.filter((name) => !isIP(name)) }
}
