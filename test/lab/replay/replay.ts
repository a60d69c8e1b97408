/** Replays one recording against one server. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { type Client, rawBody } from './client.ts'
import { differences } from './compare.ts'
import { valueAt } from './paths.ts'
import type { RecordedRequest, Recording, Step } from './recording.ts'

type Saved = Map<string, unknown>

/** Longest wait for the events of a watch, ms. */
const PATIENCE_MS = 8000

/**
 * @param part - what is held of a body that was received.
 * @returns the differences, one line each; empty when the server answers as recorded.
 */
export async function replay(
  recording: Recording,
  client: Client,
  part: (body: unknown) => unknown = (body) => body,
): Promise<string[]> {
  const saved: Saved = new Map()
  try {
    for (const step of recording.setup ?? []) await run(step, saved, client)
    if (recording.waitAfterSetupSeconds) await pause(recording.waitAfterSetupSeconds)
    if (recording.requestNote) await saveOpenApi(saved, client)
    const response = await answer(recording, saved, client)
    if (response === undefined) return []
    if (recording.response.closedWithoutResponse) return ['the server answered, where it closed the connection']
    const body = await bodyOf(response, recording, saved, client)
    for (const step of recording.cleanup ?? []) await run(step, saved, client)
    return differences(recording, { status: response.statusCode ?? 0, headers: headersOf(response), body: part(body) })
  } catch (error) {
    return [`replay ended early: ${(error as Error).message}`]
  }
}

/** The answer once its headers are there; undefined if the connection was closed without one, and might be. */
async function answer(recording: Recording, saved: Saved, client: Client): Promise<IncomingMessage | undefined> {
  try {
    return await client.open(recording.as, substituted(recording.request, saved) as RecordedRequest)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const closed = code === 'ECONNRESET' || code === 'EPIPE'
    if (closed && (recording.response.closedWithoutResponse || recording.mayCloseWithoutResponse)) return undefined
    throw error
  }
}

async function run(step: Step, saved: Saved, client: Client): Promise<void> {
  const { response, raw } = await client.send(step.as, substituted(step.request, saved) as RecordedRequest)
  if (step.expectStatus !== undefined && response.statusCode !== step.expectStatus) {
    const { method, path } = step.request
    const text = raw.toString('utf8').slice(0, 300)
    throw new Error(`step ${method} ${path}: ${response.statusCode ?? 0}, recorded ${step.expectStatus}: ${text}`)
  }
  const body = parsed(response, raw)
  for (const [name, path] of Object.entries(step.save ?? {})) saved.set(name, valueAt(body, path))
}

async function bodyOf(response: IncomingMessage, recording: Recording, saved: Saved, client: Client): Promise<unknown> {
  const { response: wanted, during = [] } = recording
  if (Array.isArray(wanted.body) && response.statusCode === 200) return events(response, recording, saved, client)
  const raw = await rawBody(response)
  for (const step of during) await run(step, saved, client)
  if (wanted.bodyIsText) return raw.toString('utf8')
  if (wanted.bodyEncoding === 'base64') return raw.toString('base64')
  return parsed(response, raw)
}

async function events(response: IncomingMessage, recording: Recording, saved: Saved, client: Client): Promise<unknown> {
  const seen: unknown[] = []
  const lines = createInterface({ input: response, crlfDelay: Infinity })
  const arrival = new EventTarget()
  lines.on('line', (line) => {
    seen.push(JSON.parse(line))
    arrival.dispatchEvent(new Event('line'))
  })
  const ended = once(lines, 'close')
  for (const step of recording.during ?? []) {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    while (seen.length < (step.afterEvents ?? 0)) await once(arrival, 'line', { signal })
    await run(step, saved, client)
  }
  if (recording.clientClosesAfterSeconds !== undefined) {
    await pause(recording.clientClosesAfterSeconds)
    response.destroy()
  } else await ended
  return [...seen]
}

/** Values that the cases about OpenAPI documents need: see `requestNote`. */
async function saveOpenApi(saved: Saved, client: Client): Promise<void> {
  const { response, raw } = await client.send('admin', { method: 'GET', path: '/openapi/v3' })
  saved.set('lastModified', response.headers['last-modified'] ?? '')
  saved.set('hash', /certificates\.k8s\.io\/v1\?hash=([0-9A-F]+)/.exec(raw.toString('utf8'))?.[1] ?? '')
}

function parsed(response: IncomingMessage, raw: Buffer): unknown {
  const text = raw.toString('utf8')
  if (text === '') return undefined
  if ((response.headers['content-type'] ?? '').startsWith('application/json')) {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return text
    }
  }
  return text
}

function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]))
}

/** `${name}` within strings, and as a whole string the saved value itself. */
function substituted(value: unknown, saved: Saved): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(value)?.[1]
    if (whole !== undefined && saved.has(whole)) return saved.get(whole)
    return value.replace(/\$\{(\w+)\}/g, (all, name: string) => (saved.has(name) ? String(saved.get(name)) : all))
  }
  if (Array.isArray(value)) return value.map((one) => substituted(one, saved))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, substituted(inner, saved)]))
}

async function pause(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
