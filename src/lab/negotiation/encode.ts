/** Answers as bytes. Source: apimachinery pkg/runtime/serializer/json; apiserver pkg/endpoints/handlers/negotiation (isPrettyPrint). */
import type { MediaType } from './accept.ts'
import { goYaml } from './go-yaml.ts'
import { protobufOf } from './protobuf.ts'

const ESCAPED: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** JSON as Go writes it: with the characters escaped that HTML has uses for. */
export function goJson(value: object, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[<>&\u2028\u2029]/g, (char) => ESCAPED[char] ?? char)
}

/**
 * Texts of the objects written last. What is stored is never changed, only replaced, and the same object goes to whom created it
 * and to every watch.
 */
const writtenLast = new Map<object, string>()
const MOST_WRITTEN = 100

/** @param object - one that never changes. */
export function goJsonOnce(object: object): string {
  const known = writtenLast.get(object)
  if (known !== undefined) return known
  const text = goJson(object)
  const [oldest] = writtenLast.size < MOST_WRITTEN ? [] : writtenLast.keys()
  if (oldest !== undefined) writtenLast.delete(oldest)
  writtenLast.set(object, text)
  return text
}

/** @param value - never changes. */
export function encode(value: object, mediaType: MediaType, pretty: boolean): Buffer {
  if (mediaType === 'application/yaml') {
    return Buffer.from(goYaml(JSON.parse(JSON.stringify(value))))
  }
  if (mediaType === 'application/vnd.kubernetes.protobuf') return protobufOf(value)
  return Buffer.from(
    pretty
      ? goJson(value, 2)
      : `${goJsonOnce(value)}
`,
  )
}

/** Whether a human reads: as the query says, else by the name of the program. */
export function isPretty(query: URLSearchParams, userAgent = ''): boolean {
  const asked = query.get('pretty') ?? ''
  if (asked !== '') return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(asked)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent)
}
