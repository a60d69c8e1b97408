/**
 * PKCS#10 requests as the API server reads them. Source: pkg/apis/certificates/helpers.go (ParseCSR) and validation (validateCSR);
 * Go 1.19 crypto/x509, x509.go (ParseCertificateRequest, parseCSRExtensions, CheckSignature).
 */
import { remember } from '../remember.ts'
import { type DistinguishedName, parseName } from './distinguished-name.ts'
import { Asn1Error, field, optional, rawValue, type RawValue, sliceOf, struct, syntax, unmarshal } from './go-asn1.ts'
import { bitString, boolean, integer, objectIdentifier, octets } from './go-asn1-types.ts'
import { decodePem } from './pem.ts'
import { checkSignature, parsePublicKey, type PublicKey } from './public-key.ts'
import { RequestError } from './request-error.ts'
import { noAlternativeNames, parseAlternativeNames, type SubjectAlternativeNames } from './subject-alternative-names.ts'

/** What a request asks for, as Go's x509.CertificateRequest has it. */
export interface ParsedRequest extends SubjectAlternativeNames {
  readonly subject: DistinguishedName
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Buffer
  /** DER of the subject as it was sent. */
  readonly rawSubject: Buffer
  readonly publicKey: PublicKey
  /** Object identifiers of all extensions that are asked for, in order; signers take the alternative names alone. */
  readonly extensions: readonly string[]
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const SUBJECT_ALT_NAME = '2.5.29.17'

const algorithmIdentifier = struct('AlgorithmIdentifier', {
  algorithm: field(objectIdentifier),
  parameters: optional(rawValue),
})
const publicKeyInfo = struct('publicKeyInfo', { algorithm: field(algorithmIdentifier), key: field(bitString) })
const certificationRequestInfo = struct('tbsCertificateRequest', {
  version: field(integer),
  subject: field(rawValue),
  publicKey: field(publicKeyInfo),
  attributes: field(sliceOf(rawValue), { contextTag: 0 }),
})
const certificationRequest = struct('certificateRequest', {
  info: field(certificationRequestInfo),
  signatureAlgorithm: field(algorithmIdentifier),
  signature: field(bitString),
})
const attributeShape = struct('pkcs10Attribute', {
  id: field(objectIdentifier),
  values: field(sliceOf(rawValue), { set: true }),
})
const extensionShape = struct('Extension', {
  id: field(objectIdentifier),
  critical: optional(boolean),
  value: field(octets),
})

type Parsed = { readonly ok: ParsedRequest } | { readonly error: string }

const MOST_READ = 500

/**
 * The request in the field `spec.request` of an object: PEM in base64. On its way through admission, validation, approver and signer each
 * is read four times within a few milliseconds, and to verify its signature takes longer than all else that happens to it but the signing.
 * @returns as `parseCertificateRequest`.
 */
export const readRequestField: (request: string) => Parsed = remember(
  (request) => parseCertificateRequest(Buffer.from(request, 'base64').toString('latin1')),
  MOST_READ,
)

/**
 * Reads a request and verifies its own signature.
 * @param pem - the first PEM block counts; a text of octets (latin1) does as well.
 * @returns `error` is the text that the API server shows as the cause for spec.request.
 */
export function parseCertificateRequest(pem: string): Parsed {
  const found = decodePem(pem)
  if (found?.block.type !== 'CERTIFICATE REQUEST') return { error: 'PEM block type must be CERTIFICATE REQUEST' }
  try {
    return { ok: parse(found.block.bytes) }
  } catch (error) {
    if (error instanceof Asn1Error || error instanceof RequestError) return { error: error.message }
    throw error
  }
}

function parse(der: Buffer): ParsedRequest {
  const { value: request, rest } = unmarshal(certificationRequest, der)
  if (rest.length > 0) throw syntax('trailing data')
  const { subject, publicKey, attributes, raw } = request.info
  const key = parsePublicKey(publicKey.algorithm, publicKey.key, publicKey.raw)
  const name = parseName(subject.full)
  const extensions = requestedExtensions(attributes)
  const parsed = {
    subject: name,
    ...alternativeNames(extensions),
    extensions: extensions.map(({ id }) => id),
    spki: publicKey.raw,
    rawSubject: subject.full,
    publicKey: key,
  }
  checkSignature(request.signatureAlgorithm, raw, request.signature, key, publicKey.raw)
  return parsed
}

function alternativeNames(extensions: readonly RequestedExtension[]): SubjectAlternativeNames {
  const extension = extensions.find(({ id }) => id === SUBJECT_ALT_NAME)
  return extension === undefined ? noAlternativeNames : parseAlternativeNames(extension.value)
}

interface RequestedExtension {
  readonly id: string
  readonly value: Buffer
}

/** Only the first value of an extensionRequest counts; attributes that do not parse are ignored. */
function requestedExtensions(attributes: readonly RawValue[]): RequestedExtension[] {
  const extensions = attributes.flatMap(({ full }) => {
    const first = extensionRequestValue(full)
    return first === undefined ? [] : unmarshal(sliceOf(extensionShape), first).value
  })
  if (new Set(extensions.map(({ id }) => id)).size < extensions.length) {
    throw new RequestError('x509: certificate request contains duplicate requested extensions')
  }
  return extensions
}

function extensionRequestValue(der: Buffer): Buffer | undefined {
  try {
    const { value, rest } = unmarshal(attributeShape, der)
    return value.id === EXTENSION_REQUEST && rest.length === 0 ? value.values[0]?.full : undefined
  } catch (error) {
    if (error instanceof Asn1Error) return undefined
    throw error
  }
}
