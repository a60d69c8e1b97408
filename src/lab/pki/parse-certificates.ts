/** Whether certificates parse, in Go's words. Source: Go 1.19 crypto/x509, parser.go (ParseCertificates, parseCertificate). */
import { readElement, readInteger } from '../../pki/der-reader.ts'

const SEQUENCE = 0x30
const BIT_STRING = 0x03
const VERSION = 0xa0
const EXTENSIONS = 0xa3

/** Why `der`, certificates one after the other, does not parse; undefined when it does. Signatures are not looked at. */
export function certificatesFault(der: Buffer): string | undefined {
  for (let rest = der; rest.length > 0;) {
    const certificate = readElement(rest, SEQUENCE)
    if (!certificate) return 'x509: malformed certificate'
    const fault = certificateFault(certificate.contents)
    if (fault !== undefined) return `x509: ${fault}`
    rest = certificate.rest
  }
  return undefined
}

function certificateFault(contents: Buffer): string | undefined {
  const tbs = readElement(contents, SEQUENCE)
  if (!tbs) return 'malformed tbs certificate'
  const fault = bodyFault(tbs.contents, readElement(tbs.rest, SEQUENCE)?.contents)
  if (fault !== undefined) return fault
  const algorithm = readElement(tbs.rest, SEQUENCE)
  return algorithm && readElement(algorithm.rest, BIT_STRING) ? undefined : 'malformed signature'
}

function bodyFault(body: Buffer, outerAlgorithm: Buffer | undefined): string | undefined {
  let rest = body
  let version = 0n
  if (rest[0] === VERSION) {
    const explicit = readElement(rest, VERSION)
    const number = explicit && readInteger(explicit.contents)
    if (!number || number.rest.length > 0) return 'malformed version'
    version = number.value
    rest = explicit.rest
  }
  if (version < 0n) return 'malformed version'
  if (version > 2n) return 'invalid version'
  const serial = readInteger(rest)
  if (!serial) return 'malformed serial number'
  const algorithm = readElement(serial.rest, SEQUENCE)
  if (!algorithm || !outerAlgorithm) return 'malformed signature algorithm identifier'
  if (!algorithm.contents.equals(outerAlgorithm)) return "inner and outer signature algorithm identifiers don't match"
  rest = algorithm.rest
  for (const part of ['issuer', 'validity', 'subject', 'spki']) {
    const element = readElement(rest, SEQUENCE)
    if (!element) return `malformed ${part}`
    const fault = part === 'validity' ? validityFault(element.contents) : undefined
    if (fault !== undefined) return fault
    rest = element.rest
  }
  if (rest[0] === EXTENSIONS && !readElement(rest, EXTENSIONS)) return 'malformed extensions'
  return undefined
}

const TIMES = new Map([
  [0x17, { name: 'UTCTime', shape: /^\d{10}(\d\d)?(Z|[+-]\d{4})$/ }],
  [0x18, { name: 'GeneralizedTime', shape: /^\d{14}(Z|[+-]\d{4})$/ }],
])

function validityFault(contents: Buffer): string | undefined {
  let rest = contents
  for (let i = 0; i < 2; i++) {
    const time = readElement(rest)
    const kind = time && TIMES.get(time.identifier)
    if (!time || !kind) return 'unsupported time format'
    if (!kind.shape.test(time.contents.toString('latin1'))) return `malformed ${kind.name}`
    rest = time.rest
  }
  return undefined
}
