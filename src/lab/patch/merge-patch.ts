/** JSON merge patch. Source: RFC 7396, section 2. */
import { isObject, type JsonValue } from './json-value.ts'

export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch
  // Entries, not assignment: a field called __proto__ is a field like others.
  const result = new Map<string, JsonValue>(Object.entries(isObject(target) ? target : {}))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name)
    else result.set(name, mergePatch(result.get(name), value))
  }
  return Object.fromEntries(result)
}
