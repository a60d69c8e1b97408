/** Patches as they come, refused in the API server's words. Source: apiserver pkg/endpoints/handlers/patch.go. */
import { type JsonNode, parseJson, plain } from '../schema/json-text.ts'
import { badRequest } from '../status.ts'
import type { JsonObject } from './json-value.ts'

export interface Decoded<T> {
  readonly patch: T
  /** Faults that only strict validation refuses. */
  readonly strict: readonly string[]
}

const OPERATION_FIELDS = ['op', 'path', 'from', 'value']

/** @throws StatusError 400 */
export function decodeOperations(text: string): Decoded<object[]> {
  const node = parse(text)
  if (node.type !== 'array')
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${node.type} into Go value of type []handlers.jsonPatchOp`,
    )
  const strict: string[] = []
  node.items.forEach((item, index) => {
    if (item.type === 'null') return
    if (item.type !== 'object')
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${item.type} into Go value of type handlers.jsonPatchOp`,
      )
    for (const [name, value] of item.entries) {
      if (!OPERATION_FIELDS.includes(name)) strict.push(`json patch unknown field "[${index}].${name}"`)
      else if (name !== 'value' && value.type !== 'string' && value.type !== 'null') {
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${value.type} into Go struct field jsonPatchOp.${name} of type string`,
        )
      }
    }
    strict.push(...repeated(item, `[${index}]`).map((fault) => `json patch ${fault}`))
  })
  return { patch: plain(node) as object[], strict }
}

/**
 * @param prefix - stands before the error: merge patches have one, strategic ones do not.
 * @throws StatusError 400
 */
export function decodeMap(text: string, prefix: string): Decoded<JsonObject> {
  const node = parse(text, prefix)
  if (node.type === 'null') return { patch: {}, strict: [] }
  if (node.type !== 'object')
    throw badRequest(`${prefix}json: cannot unmarshal ${node.type} into Go value of type map[string]interface {}`)
  return { patch: plain(node) as JsonObject, strict: repeated(node, '') }
}

function parse(text: string, prefix = 'error decoding patch: '): JsonNode {
  try {
    return parseJson(text)
  } catch (error) {
    throw badRequest(`${prefix}${(error as Error).message}`)
  }
}

function repeated(node: JsonNode, path: string): string[] {
  if (node.type === 'array') return node.items.flatMap((item, index) => repeated(item, `${path}[${index}]`))
  if (node.type !== 'object') return []
  return node.entries.flatMap(([name, value], index) => {
    const at = path === '' ? name : `${path}.${name}`
    const again = node.entries.findIndex(([other]) => other === name) < index
    return [...(again ? [`duplicate field ${JSON.stringify(at)}`] : []), ...repeated(value, at)]
  })
}
