/** DELETE of one object and of many. Source: apiserver pkg/endpoints/handlers/delete.go. */
import { refuseImmortal } from '../admission/namespace-lifecycle.ts'
import { type FieldError, goQuote, invalid, notSupported } from '../field-error.ts'
import type { DeleteOptions } from '../registry/delete.ts'
import type { LabResponse } from '../request.ts'
import { badRequest, invalidObject, StatusError, unknownError, unsupportedMediaType } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { MEDIA_TYPES } from '../negotiation/accept.ts'
import { kindSaid, notRegistered } from '../negotiation/kind-of-body.ts'
import { parseYaml } from '../negotiation/yaml.ts'
import { parseGoInteger } from '../schema/go-number.ts'
import { decodeJson } from '../schema/json-decode.ts'
import { type JsonNode, JsonSyntaxError, parseJson } from '../schema/json-text.ts'
import { deleteOptionsType } from '../schema/meta.ts'
import { decodeProtobuf, openEnvelope } from '../schema/protobuf.ts'
import { answer, answerList, answerObject, type Exchange, header } from './exchange.ts'
import { readListOptions } from './list-options.ts'
import { dryRunErrors } from './write-options.ts'

export function deleteOne(exchange: Exchange): LabResponse {
  const { info, now, registry, resource } = exchange
  const { name, namespace } = info
  const options = readDeleteOptions(exchange)
  refuseImmortal(resource, name)
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

/** @throws StatusError 400 */
function queryOptions(query: URLSearchParams): RawOptions {
  const orphan = query.get('orphanDependents')
  const grace = query.get('gracePeriodSeconds')
  try {
    if (grace !== null) parseGoInteger(grace, 'ParseInt') // nothing here is deleted gracefully
  } catch (error) {
    throw badRequest((error as Error).message)
  }
  return {
    propagationPolicy: query.get('propagationPolicy'),
    orphanDependents: orphan === null ? null : !['false', '0'].includes(orphan.toLowerCase()),
    dryRun: query.getAll('dryRun'),
  }
}

/** Where the real server keeps the types that bodies of deletions may have. */
const SCHEME = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27'

/** Errors go to the client as they are, with 500: nothing says whose they are. */
function bodyOptions(body: Uint8Array, contentType = 'application/json'): RawOptions {
  const text = Buffer.from(body).toString('utf8')
  switch (contentType.split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return typed(parsedJson(text))
    case 'application/yaml': {
      const parsed = parseYaml(text)
      if ('error' in parsed) throw unknownError(parsed.error)
      return typed(parseJson(JSON.stringify(parsed.value)))
    }
    // What client-go's typed clients send by default.
    case 'application/vnd.kubernetes.protobuf':
      return decoded(body)
    default: {
      const accepted = MEDIA_TYPES.join(', ')
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
      )
    }
  }
}

function parsedJson(text: string): JsonNode {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw unknownError(`couldn't get version/kind; json parse error: ${error.message}`)
  }
}

function typed(node: JsonNode): RawOptions {
  const said = kindSaid(node)
  if ('error' in said) throw unknownError(said.error)
  checkKind(said)
  const { value, error } = decodeJson(deleteOptionsType, node)
  if (error !== undefined) throw unknownError(error)
  return value
}

function decoded(body: Uint8Array): RawOptions {
  const envelope = openEnvelope(body)
  if ('error' in envelope) throw unknownError(envelope.error)
  checkKind(envelope)
  const message = decodeProtobuf(deleteOptionsType, envelope.raw)
  if ('error' in message) throw unknownError(message.error)
  return message.value
}

/** Options are taken in any group and version. */
function checkKind({ apiVersion, kind }: { apiVersion: string; kind: string }): void {
  if (apiVersion.split('/').length > 2) throw unknownError(`unexpected GroupVersion string: ${apiVersion}`)
  if (kind === '' || kind === 'DeleteOptions') return
  if (kind === 'CreateOptions' || kind === 'UpdateOptions')
    throw unknownError('decoded object cannot be converted to DeleteOptions')
  throw unknownError(notRegistered(kind, apiVersion || 'v1', SCHEME))
}
