/** Answers as protobuf. Source: apimachinery pkg/runtime/serializer/{protobuf,streaming}, pkg/runtime/serializer/protobuf (LengthDelimitedFramer). */
import { watchEventType } from '../schema/documents.ts'
import { encodeMessage, encodeProtobuf } from '../schema/protobuf.ts'
import { protobufType } from './protobuf-types.ts'

/** @param value - says its kind; what has no version of its own is of `v1`. */
export function protobufOf(value: object): Buffer {
  const { apiVersion = 'v1', kind = '' } = value as { apiVersion?: string; kind?: string }
  const type = protobufType({ apiVersion, kind })
  if (!type) throw new Error(`${kind} cannot be sent as protobuf`)
  return encodeProtobuf(type, { ...value, apiVersion, kind })
}

/** One event of a watch, with its length in front (4 bytes, big endian). */
export function protobufFrame(type: string, object: object): Buffer {
  const event = encodeMessage(watchEventType, { type, object: { raw: protobufOf(object).toString('base64') } })
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}
