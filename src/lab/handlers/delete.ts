/** DELETE of one object and of many. Source: apiserver pkg/endpoints/handlers/delete.go. */
import { load } from 'js-yaml'
import { type FieldError, goQuote, invalid, notSupported } from '../field-error.ts'
import type { DeleteOptions } from '../registry/delete.ts'
import type { LabResponse } from '../request.ts'
import { badRequest, invalidObject, StatusError, unknownError, unsupportedMediaType } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { MEDIA_TYPES } from '../negotiation/accept.ts'
import { deleteOptionsType } from '../schema/meta.ts'
import { decodeProtobuf, openEnvelope } from '../schema/protobuf.ts'
import { answer, answerList, answerObject, type Exchange, header } from './exchange.ts'
import { readListOptions } from './list-options.ts'
import { dryRunErrors } from './write-options.ts'

export function deleteOne(exchange: Exchange): LabResponse {
  const { info, now, registry, resource } = exchange
  const { name, namespace } = info
  const options = readDeleteOptions(exchange)
  const { gone, object } = registry.delete(resource, { name, namespace }, options, now)
  // 202 tells those who asked for the dependents, in the old way, that they are waited for.
  if (!gone) return answerObject(exchange, options.orphanDependents === false ? 202 : 200, object)
  return answer(exchange, 200, success(exchange, object))
}

/** Deletes what is listed; the answer is the list, as it was. */
export function deleteCollection(exchange: Exchange): LabResponse {
  const { generation, info, now, registry, resource } = exchange
  const list = registry.list(resource, info.namespace, readListOptions(resource, info, generation))
  const options = readDeleteOptions(exchange)
  for (const { metadata } of list.items) {
    const place = { name: metadata.name ?? '', namespace: metadata.namespace ?? '' }
    try {
      registry.delete(resource, place, options, now)
    } catch (error) {
      if (!(error instanceof StatusError && error.status === 404)) throw error
    }
  }
  return answerList(exchange, list)
}

function success({ info, resource }: Exchange, { metadata }: KubeObject): object {
  const { group, plural } = resource
  const details = { name: info.name, ...(group !== '' && { group }), kind: plural, uid: metadata.uid ?? '' }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}

const POLICIES = ['Foreground', 'Background', 'Orphan']

interface RawOptions {
  readonly apiVersion?: string
  readonly kind?: string
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | null
  readonly propagationPolicy?: string | null
  readonly orphanDependents?: boolean | null
  readonly dryRun?: readonly string[] | null
}

/** From the body, or where there is none from the query. @throws StatusError 400, 415, 422; 500 for another kind */
function readDeleteOptions({ info, request }: Exchange): DeleteOptions {
  const raw = request.body?.length
    ? bodyOptions(request.body, header(request, 'content-type'))
    : queryOptions(info.query)
  const { propagationPolicy = null, orphanDependents = null, preconditions, dryRun } = raw
  const errors: FieldError[] = []
  if (orphanDependents !== null && propagationPolicy !== null) {
    const why = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalid('propagationPolicy', goQuote(propagationPolicy), why))
  }
  if (propagationPolicy !== null && !POLICIES.includes(propagationPolicy))
    errors.push(notSupported('propagationPolicy', goQuote(propagationPolicy), [...POLICIES, 'nil']))
  errors.push(...dryRunErrors(dryRun ?? []))
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: 'DeleteOptions' }, '', errors)
  return {
    ...(preconditions && { preconditions }),
    ...(propagationPolicy !== null && { propagationPolicy }),
    ...(orphanDependents !== null && { orphanDependents }),
    dryRun: (dryRun ?? []).length > 0,
  }
}

function queryOptions(query: URLSearchParams): RawOptions {
  const orphan = query.get('orphanDependents')
  return {
    propagationPolicy: query.get('propagationPolicy'),
    orphanDependents: orphan === null ? null : !['false', '0'].includes(orphan.toLowerCase()),
    dryRun: query.getAll('dryRun'),
  }
}

function bodyOptions(body: Uint8Array, contentType = 'application/json'): RawOptions {
  const options = readerOf(contentType.split(';')[0]?.trim() ?? '')(body)
  const { apiVersion = 'v1', kind = 'DeleteOptions' } = options
  if (kind === 'DeleteOptions') return options
  throw unknownError(
    `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`,
  )
}

function readerOf(mediaType: string): (body: Uint8Array) => RawOptions {
  if (mediaType === 'application/json' || mediaType === 'application/yaml')
    return (body) => parsed(Buffer.from(body).toString('utf8'))
  // What client-go's typed clients send by default.
  if (mediaType === 'application/vnd.kubernetes.protobuf') return decoded
  const accepted = MEDIA_TYPES.join(', ')
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  )
}

function decoded(body: Uint8Array): RawOptions {
  const envelope = openEnvelope(body)
  if ('error' in envelope) throw badRequest(envelope.error)
  const message = decodeProtobuf(deleteOptionsType, envelope.raw)
  if ('error' in message) throw badRequest(message.error)
  const { apiVersion, kind } = envelope
  return { ...(message.value as RawOptions), ...(apiVersion && { apiVersion }), ...(kind && { kind }) }
}

/** JSON is YAML as well. */
function parsed(text: string): RawOptions {
  let value: unknown
  try {
    value = load(text)
  } catch (error) {
    throw badRequest(`the body of the request does not parse: ${(error as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the body of the request is no DeleteOptions')
  return value
}
