/**
 * Subject alternative names as Go's crypto/x509 reads and writes them: other kinds than these four are dropped, and a signed
 * certificate has them in this order. Source: Go 1.19 crypto/x509, parser.go (parseSANExtension), x509.go (marshalSANs).
 */
import ipaddr from 'ipaddr.js'

import { readElement } from '../../pki/der-reader.ts'
import { sequence, taggedPrimitive } from '../../pki/der.ts'
import { RequestError } from './request-error.ts'
import { normaliseUri } from './uri.ts'

export interface SubjectAlternativeNames {
  readonly dnsNames: readonly string[]
  readonly emailAddresses: readonly string[]
  /** As Go prints them: IPv6 compressed, an IPv4 address in IPv6 form dotted. */
  readonly ipAddresses: readonly string[]
  readonly uris: readonly string[]
}

export const noAlternativeNames: SubjectAlternativeNames = {
  dnsNames: [],
  emailAddresses: [],
  ipAddresses: [],
  uris: [],
}

/** Tags of GeneralName (RFC 5280 §4.2.1.6). */
export const GeneralName = { email: 1, dns: 2, uri: 6, ip: 7 } as const
const CONTEXT_SPECIFIC = 0x80
const SEQUENCE = 0x30

/**
 * @param extension - the value of a subjectAltName extension.
 * @throws RequestError with Go's text.
 */
export function parseAlternativeNames(extension: Buffer): SubjectAlternativeNames {
  const outer = readElement(extension, SEQUENCE)
  if (outer === undefined) throw new RequestError('x509: invalid subject alternative names')
  const names = {
    dnsNames: [] as string[],
    emailAddresses: [] as string[],
    ipAddresses: [] as string[],
    uris: [] as string[],
  }
  for (let left = outer.contents; left.length > 0;) {
    const name = readElement(left)
    if (name === undefined) throw new RequestError('x509: invalid subject alternative name')
    left = name.rest
    switch (name.identifier ^ CONTEXT_SPECIFIC) {
      case GeneralName.email:
        names.emailAddresses.push(ascii(name.contents, 'rfc822Name'))
        break
      case GeneralName.dns:
        names.dnsNames.push(ascii(name.contents, 'dNSName'))
        break
      case GeneralName.uri:
        names.uris.push(normaliseUri(ascii(name.contents, 'uniformResourceIdentifier')))
        break
      case GeneralName.ip:
        names.ipAddresses.push(addressText(name.contents))
        break
    }
  }
  return names
}

/** The extension's value; undefined when there is no name. */
export function encodeAlternativeNames(names: SubjectAlternativeNames): Buffer | undefined {
  const encoded = [
    ...names.dnsNames.map((name) => taggedPrimitive(GeneralName.dns, Buffer.from(name))),
    ...names.emailAddresses.map((address) => taggedPrimitive(GeneralName.email, Buffer.from(address))),
    ...names.ipAddresses.map((address) =>
      taggedPrimitive(GeneralName.ip, Buffer.from(ipaddr.parse(address).toByteArray())),
    ),
    ...names.uris.map((uri) => taggedPrimitive(GeneralName.uri, Buffer.from(uri))),
  ]
  return encoded.length === 0 ? undefined : sequence(...encoded)
}

function ascii(contents: Buffer, kind: string): string {
  if (contents.some((octet) => octet >= 0x80)) throw new RequestError(`x509: SAN ${kind} is malformed`)
  return contents.toString('latin1')
}

function addressText(octets: Buffer): string {
  if (octets.length !== 4 && octets.length !== 16) {
    throw new RequestError(`x509: cannot parse IP address of length ${octets.length}`)
  }
  const address = ipaddr.fromByteArray([...octets])
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  return address.toString()
}
