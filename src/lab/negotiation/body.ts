/**
 * Request bodies: JSON, YAML or protobuf, into the JSON form of an object.
 * Source: apimachinery pkg/runtime/serializer/{json,protobuf}, apiserver pkg/endpoints/handlers/{create,rest}.go.
 */
import { type DecodedBody, decodeTyped, type Expected, recognise, unrecognised } from './kind-of-body.ts'
import { JsonSyntaxError, parseJson } from '../schema/json-text.ts'
import { decodeProtobuf, openEnvelope } from '../schema/protobuf.ts'
import type { Struct } from '../schema/schema.ts'
import { LARGEST_BODY } from '../request.ts'
import { badRequest, entityTooLarge, unsupportedMediaType } from '../status.ts'
import { parseYaml } from './yaml.ts'

export type { Expected } from './kind-of-body.ts'

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const SUPPORTED = ['application/json', 'application/yaml', PROTOBUF]

/** What is done about fields that a type does not have, and about repeated ones. */
export interface Strictness {
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  /** Gets what `Warn` warns of. */
  readonly warnings: string[]
}

/**
 * Decodes a body into an object of the expected kind, fields that the type does not have dropped.
 * @throws StatusError 400 for what does not parse or is of another kind, 413 for what is too long, 415 for other media types.
 */
export function decodeBody(
  body: Uint8Array | undefined,
  contentType: string | undefined,
  expected: Expected,
  strictness: Strictness = { fieldValidation: 'Ignore', warnings: [] },
): Struct {
  const bytes = Buffer.from(body ?? [])
  if (bytes.length > LARGEST_BODY) throw entityTooLarge(LARGEST_BODY)
  const { object, kind, version, strict } = decoderOf(contentType)(bytes, expected)
  if (strictness.fieldValidation === 'Warn') strictness.warnings.push(...strict)
  if (strictness.fieldValidation === 'Strict' && strict.length > 0) {
    const why = `strict decoding error: ${strict.join(', ')}`
    throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`)
  }
  return { ...object, apiVersion: expected.apiVersion, kind: expected.kind }
}

/** @throws StatusError 415 */
function decoderOf(contentType: string | undefined): (bytes: Buffer, expected: Expected) => DecodedBody {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase()
  switch (mediaType === '' ? 'application/json' : mediaType) {
    case 'application/json':
      return fromJson
    case 'application/yaml':
      return fromYaml
    case PROTOBUF:
      return fromProtobuf
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${SUPPORTED.join(', ')}`,
      )
  }
}

function fromJson(bytes: Buffer, expected: Expected): DecodedBody {
  try {
    return decodeTyped(parseJson(bytes.toString('utf8')), bytes, expected)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw unrecognised(`couldn't get version/kind; json parse error: ${error.message}`, bytes, expected)
  }
}

function fromYaml(bytes: Buffer, expected: Expected): DecodedBody {
  const parsed = parseYaml(bytes.toString('utf8'))
  if ('error' in parsed) throw unrecognised(parsed.error, bytes, expected)
  const decoded = decodeTyped(parseJson(JSON.stringify(parsed.value)), bytes, expected)
  return { ...decoded, strict: [...parsed.repeated, ...decoded.strict] }
}

function fromProtobuf(bytes: Buffer, expected: Expected): DecodedBody {
  const envelope = openEnvelope(bytes)
  if ('error' in envelope) throw unrecognised(envelope.error, bytes, expected)
  const { kind, version } = recognise(envelope, bytes, expected)
  const message = decodeProtobuf(expected.type, envelope.raw)
  if ('error' in message) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${message.error}`,
    )
  }
  return { object: message.value, kind, version, strict: [] }
}
