import ipaddr from 'ipaddr.js'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import { canonicalIp } from '../identity/ip-address.ts'
import { readObjectIdentifier, readSequence } from '../pki/der-reader.ts'
import { nameText, readName } from '../pki/name.ts'

/** Every kind of name that a certificate or request of a node may be found with; a node asks for the first two only. */
export interface AlternativeNames extends SubjectAltNames {
  readonly emails: readonly string[]
  readonly uris: readonly string[]
  /** Of any other kind: `KIND:VALUE`. */
  readonly others: readonly string[]
}

/** Identifier octets of GeneralName. Source: RFC 5280 §4.2.1.6. */
const Kind = { email: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, ip: 0x87, registeredId: 0x88 } as const

/**
 * The names of a subjectAltName extension, in its order.
 * @param value - of the extension; without one all lists are empty.
 * @throws TypeError if it does not parse.
 */
export function readAlternativeNames(value: Buffer | undefined): AlternativeNames {
  const names = {
    dnsNames: [] as string[],
    ipAddresses: [] as string[],
    emails: [] as string[],
    uris: [] as string[],
    others: [] as string[],
  }
  for (const { identifier, contents } of value ? readSequence(value) : []) {
    const text = contents.toString('latin1')
    const ip = identifier === Kind.ip ? ipText(contents) : undefined
    if (identifier === Kind.dns) names.dnsNames.push(text)
    else if (ip !== undefined) names.ipAddresses.push(ip)
    else if (identifier === Kind.email) names.emails.push(text)
    else if (identifier === Kind.uri) names.uris.push(text)
    else if (identifier === Kind.directory) names.others.push(`dn:${nameText(readName(contents))}`)
    else if (identifier === Kind.registeredId) names.others.push(`id:${readObjectIdentifier(contents)}`)
    else names.others.push(`${identifier === Kind.ip ? 'ip' : identifier & 0x1f}:#${contents.toString('hex')}`)
  }
  return names
}

/** Undefined for what is no address. */
function ipText(octets: Buffer): string | undefined {
  return octets.length === 4 || octets.length === 16
    ? canonicalIp(ipaddr.fromByteArray([...octets]).toString())
    : undefined
}
