/** Protobuf bodies as the JSON that they stand for, so that what changes from run to run can be left out. */
import { protobufType } from '../../../src/lab/negotiation/protobuf-types.ts'
import { canonical } from '../../../src/lab/schema/canonical.ts'
import { watchEventType } from '../../../src/lab/schema/documents.ts'
import { decodeProtobuf, openEnvelope } from '../../../src/lab/schema/protobuf.ts'
import type { Struct } from '../../../src/lab/schema/schema.ts'

/** @param contentType - tells a watch, whose events have their lengths in front. */
export function protobufAsJson(body: Uint8Array, contentType: string): unknown {
  return contentType.includes('stream=watch') ? [...framesOf(body)].map(eventOf) : objectOf(body)
}

function objectOf(body: Uint8Array): Struct {
  const envelope = openEnvelope(body)
  if ('error' in envelope) throw new Error(envelope.error)
  const { apiVersion, kind, raw } = envelope
  const type = protobufType(envelope)
  if (!type) throw new Error(`a kind that this runner does not know: ${kind} of ${apiVersion}`)
  const decoded = decodeProtobuf(type, raw)
  if ('error' in decoded) throw new Error(decoded.error)
  const object: Struct = canonical(type, { ...decoded.value, kind, apiVersion })
  // An empty list leaves nothing behind.
  return object['items'] === null ? { ...object, items: [] } : object
}

function eventOf(frame: Uint8Array): object {
  const decoded = decodeProtobuf(watchEventType, frame)
  if ('error' in decoded) throw new Error(decoded.error)
  const { type, object } = decoded.value as { type: string; object: { raw: string } }
  return { type, object: objectOf(Buffer.from(object.raw, 'base64')) }
}

function* framesOf(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length;) {
    const length = Buffer.from(body).readUInt32BE(at)
    yield body.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
}
