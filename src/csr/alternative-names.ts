import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import { x509 } from '../identity/crypto-provider.ts'
import { canonicalIp } from '../identity/ip-address.ts'

/** Every kind of name that a certificate or request of a node may be found with; a node asks for the first two only. */
export interface AlternativeNames extends SubjectAltNames {
  readonly emails: readonly string[]
  readonly uris: readonly string[]
  /** Of any other kind: `KIND:VALUE`. */
  readonly others: readonly string[]
}

const KINDS = ['dns', 'ip', 'email', 'url']

/** The names of a subjectAltName extension, in its order; all lists are empty without one. */
export function alternativeNames(extension: x509.Extension | null): AlternativeNames {
  const names = extension instanceof x509.SubjectAlternativeNameExtension ? extension.names.items : []
  const of = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value)
  return {
    dnsNames: of('dns'),
    ipAddresses: of('ip').map((ip) => canonicalIp(ip) ?? ip),
    emails: of('email'),
    uris: of('url'),
    others: names.filter(({ type }) => !KINDS.includes(type)).map(({ type, value }) => `${type}:${value}`),
  }
}
