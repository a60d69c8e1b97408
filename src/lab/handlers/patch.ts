/** PATCH. Source: apiserver pkg/endpoints/handlers/patch.go. */
import { invalid, goQuote } from '../field-error.ts'
import { goJson } from '../negotiation/encode.ts'
import { notRegistered } from '../negotiation/kind-of-body.ts'
import { decodeMap, decodeOperations } from '../patch/decode-patch.ts'
import { jsonPatch, MOST_OPERATIONS } from '../patch/json-patch.ts'
import type { JsonObject } from '../patch/json-value.ts'
import { mergePatch } from '../patch/merge-patch.ts'
import { strategicMergePatch } from '../patch/strategic-merge-patch.ts'
import type { LabResponse } from '../request.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { decodeJson } from '../schema/json-decode.ts'
import { parseJson } from '../schema/json-text.ts'
import { badRequest, invalidObject, StatusError, unprocessable, unsupportedMediaType } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { answerObject, type Exchange, header } from './exchange.ts'
import { admissionOf } from './write.ts'
import { type FieldValidation, readWriteOptions } from './write-options.ts'

/** Server-side apply, the fourth, needs field managers, which the lab does not keep: it is answered with 415. */
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] as const
type PatchType = (typeof PATCH_TYPES)[number]

/** A patched document, and what was wrong with the patch without making it useless. */
interface Patched {
  readonly document: JsonObject
  readonly strict: readonly string[]
}

/** @throws StatusError 400, 413, 415, 422 */
export function patch(exchange: Exchange): LabResponse {
  const { info, registry, request, resource } = exchange
  const mediaType = header(request, 'content-type')?.split(';')[0]?.trim() ?? ''
  const type = PATCH_TYPES.find((one) => one === mediaType)
  if (type === undefined) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(', ')}`,
    )
  }
  const { dryRun, fieldValidation } = readWriteOptions(info.query, 'PatchOptions', false)
  const { name, namespace, subresource } = info
  const text = Buffer.from(request.body ?? []).toString('utf8')
  const change = {
    place: { name, namespace, subresource },
    next: (old: KubeObject) => {
      const patched = applyPatch(type, resource, old as unknown as JsonObject, text)
      // What a strategic patch makes goes straight into the type of the path.
      const said = type === 'application/strategic-merge-patch+json' ? undefined : otherKind(resource, patched)
      return decoded(resource, patched, fieldValidation, exchange.warnings, said)
    },
    ...admissionOf(exchange),
    dryRun,
  }
  return answerObject(exchange, 200, registry.update(resource, change, exchange).object)
}

function applyPatch(type: PatchType, { type: schema }: Resource, document: JsonObject, text: string): Patched {
  switch (type) {
    case 'application/json-patch+json': {
      const { patch: operations, strict } = decodeOperations(text)
      if (operations.length > MOST_OPERATIONS) throw tooManyOperations(operations.length)
      const patched = jsonPatch(document, operations)
      if (!patched) throw unprocessable()
      return { document: patched, strict }
    }
    case 'application/merge-patch+json': {
      const { patch: change, strict } = decodeMap(text, 'error decoding patch: ')
      if (text.trim() === 'null') throw badRequest('Invalid JSON Patch')
      return { document: mergePatch(document, change) as JsonObject, strict }
    }
    case 'application/strategic-merge-patch+json': {
      const { patch: change, strict } = decodeMap(text, '')
      return { document: strategicMergePatch(schema, document, change), strict }
    }
  }
}

function tooManyOperations(count: number): StatusError {
  const why = `The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${count}`
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`)
}

/** What is wrong with the kind that a patched document says it is, if it is not the one of the path. */
function otherKind(resource: Resource, { document }: Patched): string | undefined {
  const { apiVersion = apiVersionOf(resource), kind = resource.kind } = document
  if (apiVersion === apiVersionOf(resource) && kind === resource.kind) return undefined
  return typeof apiVersion === 'string' && typeof kind === 'string' ? notRegistered(kind, apiVersion) : undefined
}

/** The document as an object of its kind. */
function decoded(
  { type }: Resource,
  { document, strict: given }: Patched,
  validation: FieldValidation,
  warnings: string[],
  unusable: string | undefined,
): KubeObject {
  const { value, error = unusable, strict } = decodeJson(type, parseJson(JSON.stringify(document)))
  const faults = validation === 'Ignore' ? [] : [...given, ...strict]
  if (error === undefined && (faults.length === 0 || validation === 'Warn')) {
    warnings.push(...faults)
    return { ...value, metadata: value['metadata'] ?? {} } as KubeObject
  }
  const why = error ?? `strict decoding error: ${faults.join(', ')}`
  throw invalidObject({ group: '', name: '' }, '', [invalid('patch', goQuote(goJson(document)), why)])
}
