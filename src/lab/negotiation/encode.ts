/** Answers as bytes. Source: apimachinery pkg/runtime/serializer/json; apiserver pkg/endpoints/handlers/negotiation (isPrettyPrint). */
import type { MediaType } from './accept.ts'
import { goYaml } from './go-yaml.ts'
import { remember } from '../remember.ts'
import { protobufOf } from './protobuf.ts'

const ESCAPED: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** To look for each of them is faster than to look for all of them at once, by a pattern. */
const TO_ESCAPE = Object.keys(ESCAPED)

/** JSON as Go writes it: with the characters escaped that HTML has uses for. */
export function goJson(value: object, indent?: number): string {
  const text = JSON.stringify(value, null, indent)
  if (!TO_ESCAPE.some((char) => text.includes(char))) return text
  return text.replace(/[<>&\u2028\u2029]/g, (char) => ESCAPED[char] ?? char)
}

const MOST_WRITTEN = 100

/**
 * JSON of an object that never changes. What is stored is only replaced, and the same object goes to whom created it and to every
 * watch.
 */
export const goJsonOnce: (object: object) => string = remember((object) => goJson(object), MOST_WRITTEN)

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
