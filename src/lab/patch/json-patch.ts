/** JSON patch (RFC 6902), all or nothing. */
import { applyPatch, type Operation } from 'rfc6902'
import type { JsonObject } from './json-value.ts'

/** Most operations in one patch. Source: apiserver pkg/endpoints/handlers/patch.go, maxJSONPatchOperations. */
export const MOST_OPERATIONS = 10_000

/** The patched document; undefined when an operation cannot be done. */
export function jsonPatch(document: JsonObject, operations: readonly object[]): JsonObject | undefined {
  const patched = structuredClone(document)
  const faults = applyPatch(patched, operations as Operation[])
  return faults.some((fault) => fault !== null) ? undefined : patched
}
