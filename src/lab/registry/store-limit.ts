/**
 * The largest request that etcd takes. An object that makes a larger one is not stored.
 * Source: etcd client/v3/options.go (defaultMaxCallSendMsgSize), server/embed/config.go (DefaultMaxRequestBytes).
 */
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { encodeProtobuf } from '../schema/protobuf.ts'
import type { Struct, Value } from '../schema/schema.ts'
import { unknownError } from '../status.ts'
import type { KubeObject } from '../storage.ts'

/** Largest message that the client sends, bytes. */
const LARGEST_SENT = 2 * 1024 * 1024
/** Largest request that the server takes, bytes (--max-request-bytes). */
const LARGEST_TAKEN = 1.5 * 1024 * 1024
/** Below this many characters of text nothing is too large. */
const SURELY_SMALL = 256 * 1024

/**
 * @param place - key within the resource's collection.
 * @param old - what is there; undefined for a creation.
 * @throws StatusError 500 in etcd's words
 */
export function refuseTooLarge(resource: Resource, place: string, object: KubeObject, old?: KubeObject): void {
  if (textIn(object) < SURELY_SMALL) return
  const size = transactionSize(resource, place, object, old)
  if (size > LARGEST_SENT) {
    const why = `trying to send message larger than max (${size} vs. ${LARGEST_SENT})`
    throw unknownError(`rpc error: code = ResourceExhausted desc = ${why}`)
  }
  if (size > LARGEST_TAKEN) throw unknownError('etcdserver: request is too large')
}

function textIn(value: Value | Struct | undefined): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  let sum = 0
  if (Array.isArray(value)) for (const inner of value as readonly Value[]) sum += textIn(inner)
  else for (const key of Object.keys(value)) sum += key.length + textIn((value as Struct)[key])
  return sum
}

/** Bytes of `if the revision is still this one, put the object`, and for an update `else tell what is there`, as a TxnRequest. */
function transactionSize(resource: Resource, place: string, object: KubeObject, old?: KubeObject): number {
  const { resourceVersion: _version, selfLink: _link, ...metadata } = object.metadata
  const stored = { ...object, apiVersion: apiVersionOf(resource), metadata }
  const key = `/registry/${resource.storedAs ?? resource.plural}/${place}`
  const keyField = field(Buffer.byteLength(key))
  const revision = varint(Number(old?.metadata.resourceVersion ?? 0))
  const compare = field(2 + keyField + 1 + revision)
  const put = field(field(keyField + field(encodeProtobuf(resource.type, stored).length)))
  const get = old ? field(field(keyField)) : 0
  return compare + put + get
}

/** A field of so many bytes: its tag, its length, itself. */
function field(bytes: number): number {
  return 1 + varint(bytes) + bytes
}

function varint(value: number): number {
  return Math.max(1, Math.ceil(Math.log2(value + 1) / 7))
}
