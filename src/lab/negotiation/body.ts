/** Request bodies: JSON, YAML or protobuf, into the JSON form of an object. Source: apimachinery pkg/runtime/serializer. */
import { load } from 'js-yaml'
import { decodeJson } from '../schema/json-decode.ts'
import { parseJson } from '../schema/json-text.ts'
import { decodeProtobuf, openEnvelope } from '../schema/protobuf.ts'
import type { Struct, StructSchema } from '../schema/schema.ts'
import { badRequest, unsupportedMediaType } from '../status.ts'

const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const SUPPORTED = ['application/json', 'application/yaml', PROTOBUF]

/** What a body must be. */
export interface Expected {
  readonly type: StructSchema
  readonly apiVersion: string
  readonly kind: string
}

/**
 * Decodes a body into an object of the expected kind, fields that the type does not have dropped.
 * @throws StatusError 400 for what does not parse or is of another kind, 415 for other media types.
 */
export function decodeBody(body: Uint8Array | undefined, contentType: string | undefined, expected: Expected): Struct {
  const bytes = body ?? new Uint8Array()
  const mediaType = (contentType ?? 'application/json').split(';')[0]?.trim() ?? ''
  switch (mediaType) {
    case 'application/json':
      return ofKind(fromJson(Buffer.from(bytes).toString('utf8'), expected.type), expected)
    case 'application/yaml':
      return ofKind(
        fromJson(JSON.stringify(load(Buffer.from(bytes).toString('utf8')) ?? null), expected.type),
        expected,
      )
    case PROTOBUF:
      return fromProtobuf(bytes, expected)
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${SUPPORTED.join(', ')}`,
      )
  }
}

function fromJson(text: string, type: StructSchema): Struct {
  const { value, error } = decoded(text, type)
  if (error !== undefined) throw badRequest(error)
  return value
}

function decoded(text: string, type: StructSchema): { value: Struct; error?: string } {
  try {
    return decodeJson(type, parseJson(text))
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.goType.replace('v1.', '')}): ${(error as Error).message}`,
    )
  }
}

function fromProtobuf(body: Uint8Array, expected: Expected): Struct {
  const envelope = openEnvelope(body)
  if ('error' in envelope) throw badRequest(envelope.error)
  const message = decodeProtobuf(expected.type, envelope.raw)
  if ('error' in message) throw badRequest(message.error)
  return ofKind({ ...message.value, apiVersion: envelope.apiVersion, kind: envelope.kind }, expected)
}

/** An object without kind and version is taken to be the expected one. */
function ofKind(object: Struct, { apiVersion, kind }: Expected): Struct {
  const { apiVersion: version = apiVersion, kind: found = kind } = object as { apiVersion?: string; kind?: string }
  if (version === apiVersion && found === kind) return { ...object, apiVersion, kind }
  throw badRequest(`${found} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`)
}
