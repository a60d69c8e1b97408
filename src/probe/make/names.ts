/** Subjects and alternative names in DER exactly as they are described: in their order, with their string types, proper or not. */
import { ipOctets } from '../../identity/ip-address.ts'
import * as der from '../../pki/der.ts'
import { isPrintable } from '../../lab/pki/distinguished-name.ts'
import { GeneralName } from '../../lab/pki/subject-alternative-names.ts'
import type { AlternativeName, NameText, RelativeName } from '../request-description.ts'
import { octetsOf } from './hex.ts'

/** Attributes of names by their short words. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
}

export const encodeSubject = (subject: readonly RelativeName[]): Buffer => der.sequence(...subject.map(relativeName))

function relativeName(attributes: RelativeName): Buffer {
  const pairs = Object.entries(attributes).flatMap(([type, values]) =>
    [values].flat().map((value) => der.sequence(der.objectIdentifier(ATTRIBUTES[type] ?? type), encodeText(value))),
  )
  return der.setOf(...pairs)
}

const stringTags = {
  printable: der.Tag.printableString,
  utf8: der.Tag.utf8String,
  ia5: der.Tag.ia5String,
  t61: der.Tag.t61String,
  bmp: der.Tag.bmpString,
} as const

/** In the type that Go takes unless one is said. Source: Go encoding/asn1, marshal.go (makeField). */
function encodeText(given: NameText): Buffer {
  const { text, as } =
    typeof given === 'string'
      ? { text: given, as: isPrintable(given) ? ('printable' as const) : ('utf8' as const) }
      : given
  const octets =
    as === 'bmp' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, as === 'utf8' ? 'utf8' : 'latin1')
  return der.element(stringTags[as], octets)
}

/** The value of a subjectAltName extension. @throws TypeError for an address that is none. */
export const encodeNames = (names: readonly AlternativeName[]): Buffer => der.sequence(...names.map(generalName))

function generalName(name: AlternativeName): Buffer {
  if ('raw' in name) return octetsOf(name.raw)
  if ('ip' in name) return der.taggedPrimitive(GeneralName.ip, addressOctets(name.ip))
  if ('host' in name) return generalName(ipOctets(name.host) ? { ip: name.host } : { dns: name.host })
  if ('dns' in name) return der.taggedPrimitive(GeneralName.dns, Buffer.from(name.dns, 'latin1'))
  if ('email' in name) return der.taggedPrimitive(GeneralName.email, Buffer.from(name.email, 'latin1'))
  return der.taggedPrimitive(GeneralName.uri, Buffer.from(name.uri, 'latin1'))
}

function addressOctets(text: string): Uint8Array {
  const octets = ipOctets(text)
  if (octets === undefined) throw new TypeError(`${JSON.stringify(text)} is not an IP address`)
  return octets
}
