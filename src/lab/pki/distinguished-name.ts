/**
 * Names as Go's crypto/x509/pkix reads and writes them. Reading keeps nine attributes (the last CommonName and SerialNumber, all
 * values of the others) and forgets the rest, the order and the grouping; writing makes one RDN of each. So the name in a signed
 * certificate can differ from the requested one. Source: Go 1.19 crypto/x509/pkix, pkix.go (FillFromRDNSequence, ToRDNSequence).
 */
import { element, objectIdentifier as encodeObjectIdentifier, sequence, setOf, Tag } from '../../pki/der.ts'
import { field, sliceOf, struct, unmarshal } from './go-asn1.ts'
import { anyValue, objectIdentifier } from './go-asn1-types.ts'

/** One attribute as it stood in the name. */
export interface NameAttribute {
  /** Dotted object identifier. */
  readonly type: string
  /** Undefined when the value is not a string. */
  readonly value: string | undefined
  /** ASN.1 type of the value, e.g. `UTF8String`. */
  readonly stringType: string
  /** Index of the RDN that it stood in. */
  readonly rdn: number
}

/** A name: what Go makes of it, and every attribute in order. */
export interface DistinguishedName {
  readonly attributes: readonly NameAttribute[]
  readonly commonName: string
  readonly organization: readonly string[]
}

const COMMON_NAME = '2.5.4.3'
const SERIAL_NUMBER = '2.5.4.5'
const ORGANIZATION = '2.5.4.10'

/** In the order of writing: country, province, locality, street, postal code, organization, unit, common name, serial number. */
const WRITTEN = [
  ...['2.5.4.6', '2.5.4.8', '2.5.4.7', '2.5.4.9', '2.5.4.17'],
  ...[ORGANIZATION, '2.5.4.11', COMMON_NAME, SERIAL_NUMBER],
]

const attribute = struct('AttributeTypeAndValue', { type: field(objectIdentifier), value: field(anyValue) })
const rdnSequence = sliceOf(sliceOf(attribute, { name: 'RelativeDistinguishedNameSET', set: true }), {
  name: 'RDNSequence',
})

/**
 * @param der - one whole element.
 * @throws Asn1Error with Go's text.
 */
export function parseName(der: Buffer): DistinguishedName {
  const { value } = unmarshal(rdnSequence, der)
  const attributes = value.flatMap((set, rdn) =>
    set.map(({ type, value }) => ({ type, value: value.text, stringType: value.type, rdn })),
  )
  return {
    attributes,
    commonName: valuesOf(attributes, COMMON_NAME).at(-1) ?? '',
    organization: valuesOf(attributes, ORGANIZATION),
  }
}

/** A name of an organization and a common name. */
export function nameOf(commonName: string, organization?: string): DistinguishedName {
  const attribute = (type: string, value: string, rdn: number): NameAttribute => ({
    type,
    value,
    stringType: isPrintable(value) ? 'PrintableString' : 'UTF8String',
    rdn,
  })
  return {
    attributes: [
      ...(organization === undefined ? [] : [attribute(ORGANIZATION, organization, 0)]),
      attribute(COMMON_NAME, commonName, 1),
    ],
    commonName,
    organization: organization === undefined ? [] : [organization],
  }
}

/** The same name with another common name. */
export function withCommonName(name: DistinguishedName, commonName: string): DistinguishedName {
  const [own] = nameOf(commonName).attributes
  const others = name.attributes.filter(({ type }) => type !== COMMON_NAME)
  return { ...name, commonName, attributes: [...others, ...(own ? [own] : [])] }
}

/** DER of a name as Go's x509.CreateCertificate would write it after reading. */
export function encodeName({ attributes }: Pick<DistinguishedName, 'attributes'>): Buffer {
  const rdns: Buffer[] = []
  for (const type of WRITTEN) {
    const all = valuesOf(attributes, type)
    const once = type === COMMON_NAME || type === SERIAL_NUMBER
    const values = once ? all.slice(-1).filter((value) => value !== '') : all
    if (values.length === 0) continue
    rdns.push(setOf(...values.map((value) => sequence(encodeObjectIdentifier(type), text(value)))))
  }
  return sequence(...rdns)
}

function valuesOf(attributes: readonly NameAttribute[], type: string): string[] {
  const values: string[] = []
  for (const each of attributes) if (each.type === type && each.value !== undefined) values.push(each.value)
  return values
}

/** PrintableString where the characters allow it, otherwise UTF8String. Source: Go 1.19 encoding/asn1, marshal.go (makeField). */
const text = (value: string): Buffer =>
  element(isPrintable(value) ? Tag.printableString : Tag.utf8String, Buffer.from(value))

/** Whether Go writes a text as PrintableString. */
export const isPrintable = (value: string): boolean => /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)
