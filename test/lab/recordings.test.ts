import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLab } from '../../src/lab/index.ts'
import { createClient, credentialsOf } from './replay/client.ts'
import { occupy, optionsOf } from './replay/circumstances.ts'
import { readDecisions, replayDecision } from './replay/decision.ts'
import { readRecordings, type Recording } from './replay/recording.ts'
import { replay } from './replay/replay.ts'

/** Recordings that cannot be met, each with its reason. */
const exceptions = JSON.parse(readFileSync(new URL('./replay/exceptions.json', import.meta.url), 'utf8')) as Partial<
  Record<string, string>
>

/** Cases under way at once; most of the time is spent in watches that wait. */
const LANES = 8

describe('recordings of a real control plane', () => {
  const dir = process.env['CERTLET_RECORDINGS'] ?? fileURLToPath(new URL('../recordings', import.meta.url))
  const recordings = readRecordings(dir)
  const credentials = credentialsOf(recordings)
  const folder = readDecisions(dir)
  const results = new Map<{ readonly name: string }, string[]>()
  let pkiDir = ''

  /** Against a lab of its own, which holds what the recorded server held before each case. */
  async function againstFreshLab(recording: Recording): Promise<string[]> {
    await using lab = await startLab({
      ...{ pkiDir, objects: recordings.objects, kubeadmPolicy: false, emulate: '1.26', approve: 'none', sign: false },
      ...optionsOf(recording),
    })
    const client = createClient(Number(new URL(lab.url).port), credentials)
    try {
      await occupy(recording, client)
      return await replay(recording, client)
    } finally {
      client.close()
    }
  }

  before('replays them all', async function () {
    this.timeout(120_000)
    // What the folder lacks is made there, and the recordings are data.
    pkiDir = mkdtempSync(join(tmpdir(), 'certlet-pki-'))
    cpSync(join(dir, 'pki'), pkiDir, { recursive: true })
    await (await startLab({ pkiDir })).close()
    const queue = recordings.http.values()
    const lane = async (): Promise<void> => {
      for (const recording of queue) results.set(recording, await againstFreshLab(recording))
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  })

  after(() => {
    rmSync(pkiDir, { recursive: true, force: true })
    for (const [{ name }, lines] of results) {
      if (exceptions[name] === undefined) for (const line of lines) console.log(`${name}: ${line}`)
    }
    for (const [name, reason] of Object.entries(exceptions)) console.log(`not met: ${name}: ${reason ?? ''}`)
    const failed = [...results.values()].filter((lines) => lines.length > 0).length
    console.log(`${results.size - failed} passed, ${failed} failed`)
  })

  for (const recording of recordings.http) {
    it(titleOf(recording, `${recording.group}: ${recording.name} is answered as recorded`), () => {
      meets(recording, results.get(recording) ?? ['was not replayed'])
    })
  }
  for (const decision of folder.decisions) {
    it(titleOf(decision, `${decision.name} is decided as recorded`), async () => {
      const lines = await replayDecision(decision, folder)
      results.set(decision, lines)
      meets(decision, lines)
    })
  }
})

function titleOf({ name }: { name: string }, title: string): string {
  return exceptions[name] === undefined ? title : `${title}, or known not to be`
}

function meets({ name }: { name: string }, lines: readonly string[]): void {
  if (exceptions[name] === undefined) assert.ok(lines.length === 0, lines[0] ?? '')
  else assert.notDeepEqual(lines, [], `it is met by now: take ${name} out of exceptions.json`)
}
