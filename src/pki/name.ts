/** Names of subjects and issuers as certificates have them (X.501), for people and for comparison. */
import { type Element, readElements, readObjectIdentifier, readSequence } from './der-reader.ts'
import { Tag } from './der.ts'

export interface NameAttribute {
  /** Dotted object identifier. */
  readonly type: string
  /** What is no string stands as `#` and its DER in hexadecimal. Source: RFC 4514 §2.4. */
  readonly value: string
  /** Whether it is a string: one may look like what is none. */
  readonly isString: boolean
}

/** The relative distinguished names in their order; nearly always one attribute each. */
export type Name = readonly (readonly NameAttribute[])[]

/** Short forms, where there are any. Source: RFC 4519 and RFC 4514 §3. */
const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'T',
  '2.5.4.42': 'G',
  '2.5.4.43': 'I',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'E',
}

/**
 * @param der - one whole element.
 * @throws TypeError if it is no name.
 */
export function readName(der: Buffer): Name {
  return readSequence(der).map(({ contents }) =>
    readElements(contents).map((attribute) => {
      const [type, value] = readSequence(attribute.whole)
      if (!type || !value) throw new TypeError('malformed name')
      const text = stringOf(value)
      return {
        type: readObjectIdentifier(type.contents),
        value: text ?? `#${value.whole.toString('hex')}`,
        isString: text !== undefined,
      }
    }),
  )
}

/** All values of one attribute. */
export function valuesOf(name: Name, type: 'CN' | 'O'): string[] {
  return name.flatMap((rdn) => rdn.filter((one) => SHORT[one.type] === type).map(({ value }) => value))
}

/** For people, as in `O=system:nodes, CN=system:node:worker-1`. */
export function nameText(name: Name): string {
  return name.map((rdn) => rdn.map((one) => `${SHORT[one.type] ?? one.type}=${escaped(one)}`).join('+')).join(', ')
}

/** Source: RFC 4514 §2.4; control characters in hexadecimal, so that a name stays on its line. */
function escaped({ value, isString }: NameAttribute): string {
  if (!isString) return value
  return value
    .replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&')
    .replace(/[\u0000-\u001f\u007f]/g, (character) => `\\${Buffer.from(character).toString('hex').toUpperCase()}`)
}

/** Undefined for what is no string. */
function stringOf({ identifier, contents }: Element): string | undefined {
  switch (identifier) {
    case Tag.utf8String:
      return contents.toString('utf8')
    case Tag.bmpString:
      return new TextDecoder('utf-16be').decode(contents)
    case Tag.numericString:
    case Tag.printableString:
    case Tag.t61String:
    case Tag.ia5String:
    case Tag.visibleString:
      return contents.toString('latin1')
    default:
      return undefined
  }
}
