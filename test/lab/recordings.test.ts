import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLab } from '../../src/lab/index.ts'
import { occupy, optionsOf } from './replay/circumstances.ts'
import { createClient, credentialsOf } from './replay/client.ts'
import { readDecisions, replayDecision } from './replay/decision.ts'
import { type Exception, readExceptions, without } from './replay/exceptions.ts'
import { readRecordings, type Recording } from './replay/recording.ts'
import { replay } from './replay/replay.ts'

/** Cases under way at once; most of the time is spent in watches that wait. */
const LANES = 8

/** What came of one case. */
interface Outcome {
  readonly name: string
  /** What differs, a line for each difference. */
  readonly lines: readonly string[]
  /** Why it is not held, or not as a whole. */
  readonly exception?: Exception | undefined
}

describe('recordings of a real control plane', () => {
  const dir = process.env['CERTLET_RECORDINGS'] ?? fileURLToPath(new URL('../recordings', import.meta.url))
  const recordings = readRecordings(dir)
  const exceptionFor = readExceptions()
  const credentials = credentialsOf(recordings)
  const folder = readDecisions(dir)
  const outcomes = new Map<string, Outcome>()
  let pkiDir = ''

  /** Against a lab of its own, which holds what the recorded server held before each case. */
  async function againstFreshLab(recording: Recording, names: readonly string[] = []): Promise<string[]> {
    await using lab = await startLab({
      ...{ pkiDir, objects: recordings.objects, kubeadmPolicy: false, emulate: '1.26', approve: 'none', sign: false },
      ...{ serviceAccountIssuer: 'https://k', protobuf: true },
      ...optionsOf(recording),
    })
    const client = createClient(Number(new URL(lab.url).port), credentials)
    try {
      await occupy(recording, client)
      return await replay(recording, client, (body) => (names.length > 0 ? without(body, names) : body))
    } finally {
      client.close()
    }
  }

  /** @returns what came of the part that is held; a listed recording that is met by now is a failure as well. */
  async function outcomeOf(recording: Recording): Promise<Outcome> {
    const { name } = recording
    const exception = exceptionFor(recording)
    const held = exception?.without ? partOf(recording, exception.without) : recording
    const lines = await againstFreshLab(held, exception?.without)
    if (!exception || exception.without) return { name, lines, ...(held !== recording && { exception }) }
    return lines.length > 0
      ? { name, lines: [], exception }
      : { name, lines: ['is met by now: change exceptions.json'] }
  }

  before('replays them all', async function () {
    this.timeout(120_000)
    // What the folder lacks is made there, and the recordings are data.
    pkiDir = mkdtempSync(join(tmpdir(), 'certlet-pki-'))
    cpSync(join(dir, 'pki'), pkiDir, { recursive: true })
    await (await startLab({ pkiDir })).close()
    const queue = recordings.http.values()
    const lane = async (): Promise<void> => {
      for (const recording of queue) outcomes.set(recording.file, await outcomeOf(recording))
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  })

  after(() => {
    rmSync(pkiDir, { recursive: true, force: true })
    const all = [...outcomes.values()]
    const failed = all.filter(({ lines }) => lines.length > 0)
    const listed = all.filter(({ lines, exception }) => lines.length === 0 && exception)
    for (const { name, lines } of failed) for (const line of lines) console.log(`${name}: ${line}`)
    for (const { name, exception } of listed) {
      console.log(`${exception?.without ? 'met in part' : 'not met'}: ${name}: ${exception?.reason ?? ''}`)
    }
    const passed = all.length - failed.length - listed.length
    console.log(`${passed} passed, ${failed.length} failed, ${listed.length} not met (listed)`)
  })

  for (const recording of recordings.http) {
    const exception = exceptionFor(recording)
    const how = exception ? (exception.without ? ' but for what is listed' : ', or listed as not to be') : ''
    it(`${recording.group}: ${recording.name} is answered as recorded${how}`, () => {
      assert.deepEqual(outcomes.get(recording.file)?.lines, [])
    })
  }
  for (const decision of folder.decisions) {
    it(`${decision.name} is decided as recorded`, async () => {
      const { name } = decision
      const lines = await replayDecision(decision, folder)
      outcomes.set(name, { name, lines })
      assert.deepEqual(lines, [])
    })
  }
})

/** The recording without some entries of its lists; itself if it has none of them. */
function partOf(recording: Recording, names: readonly string[]): Recording {
  const body = without(recording.response.body, names)
  if (JSON.stringify(body) === JSON.stringify(recording.response.body)) return recording
  return { ...recording, response: { ...recording.response, body } }
}
