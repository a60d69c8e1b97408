/** Recorded and received answers, compared. Pure. */
import type { Recording, RecordedResponse } from './recording.ts'
import { replaceAt, valueAt } from './paths.ts'
import { protobufAsJson } from './protobuf-body.ts'
import { constant, withoutManagers } from './text-body.ts'

/** An answer in the form in which recordings hold one. */
export interface Received {
  readonly status: number
  /** By lower-case names; a header that was sent several times is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Headers that were recorded whenever they were sent, so that their absence means something too. */
const RECORDED_HEADERS = [
  ...['content-type', 'retry-after', 'www-authenticate', 'warning', 'allow', 'location', 'vary'],
  'x-content-type-options',
]

/** Stands for a value that may be anything, but must be there. */
const ANYTHING = '<volatile>'

/** What differs, one line for each difference; empty if the answer is as recorded. */
export function differences(recording: Recording, received: Received): string[] {
  const { response, volatile } = recording
  const lines = diff('status', response.status, received.status)
  for (const name of new Set([...RECORDED_HEADERS, ...Object.keys(response.headers)])) {
    const got = received.headers[name]
    if (!volatile.includes(`headers.${name}`)) {
      lines.push(...diff(`header ${name}`, response.headers[name] ?? undefined, got))
    } else if (got === undefined) lines.push(`header ${name}: is missing`)
  }
  const text = typeof response.body === 'string' ? withoutManagers(response.body, withoutManagedFields) : undefined
  if (text !== undefined) return [...lines, ...diff('$', text, constant(String(received.body)))]
  lines.push(...patternFaults(recording, received))
  if (!response.bodyOmitted) {
    lines.push(...diff('$', normalized(response.body, recording), normalized(received.body, recording)))
  }
  if (response.bodyEncoding === 'base64' && lines.length === 0) lines.push(...protobufFaults(recording, received))
  return lines
}

/** Both bodies are read; the recorded JSON beside the recorded bytes shows that they are read rightly. */
function protobufFaults(recording: Recording, { headers, body }: Received): string[] {
  const { response } = recording
  const type = headers['content-type'] ?? ''
  const [wanted, got] = [response.body, body].map((text) =>
    withoutManagedFields(protobufAsJson(Buffer.from(String(text), 'base64'), type)),
  )
  const misread =
    response.bodyAsJson === undefined
      ? []
      : diff('recorded', normalizedJson(response.bodyAsJson, recording), normalizedJson(wanted, recording))
  const [constantWanted, constantGot] = [wanted, got].map(
    (value) => JSON.parse(constant(JSON.stringify(value))) as unknown,
  )
  return [...misread, ...diff('$', constantWanted, constantGot)]
}

function patternFaults({ patterns = {} }: Recording, { headers, body }: Received): string[] {
  return Object.entries(patterns).flatMap(([path, pattern]) => {
    const value = path.startsWith('headers.') ? headers[path.slice('headers.'.length)] : valueAt(body, path)
    const holds = typeof value === 'string' && new RegExp(pattern, 's').test(value)
    return holds ? [] : [`${path}: ${show(value)} does not match ${pattern.slice(0, 200)}`]
  })
}

function normalized(body: unknown, recording: Recording): unknown {
  const { optionalEvents = [], unordered = [], volatile } = recording
  const paths = volatile.filter((path) => path.startsWith('$'))
  let value = masked(withoutManagedFields(body), paths)
  if (optionalEvents.length > 0 && Array.isArray(value)) {
    value = value.filter((event) => !optionalEvents.includes((event as { type: string }).type))
  }
  for (const path of unordered) value = replaceAt(value, path, sorted)
  return value
}

function normalizedJson(body: RecordedResponse['bodyAsJson'], { volatile }: Recording): unknown {
  const paths = volatile.filter((path) => path.startsWith('bodyAsJson'))
  return masked(
    withoutManagedFields(body),
    paths.map((path) => path.slice('bodyAsJson'.length)),
  )
}

function masked(value: unknown, paths: readonly string[]): unknown {
  return paths.reduce((whole, path) => replaceAt(whole, path, (old) => (old === undefined ? old : ANYTHING)), value)
}

function sorted(list: unknown): unknown {
  const texts = (value: unknown): string => JSON.stringify(inKeyOrder(value))
  return Array.isArray(list) ? list.toSorted((a, b) => (texts(a) < texts(b) ? -1 : 1)) : list
}

function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, inKeyOrder(inner)]))
}

/** The lab keeps no field managers, and no client needs them. */
function withoutManagedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagedFields)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'managedFields')
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutManagedFields(inner)]))
}

function diff(path: string, wanted: unknown, got: unknown): string[] {
  if (Array.isArray(wanted) && Array.isArray(got)) {
    if (wanted.length !== got.length) return [`${path}: ${wanted.length} entries recorded, ${got.length} received`]
    return wanted.flatMap((one, i) => diff(`${path}[${i}]`, one, got[i]))
  }
  if (isObject(wanted) && isObject(got)) {
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(got)])]
    return keys.flatMap((key) => diff(`${path}.${key}`, wanted[key], got[key]))
  }
  return Object.is(wanted, got) ? [] : [`${path}: recorded ${show(wanted)}, received ${show(got)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}
