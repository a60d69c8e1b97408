// One slice of one target, in a thread of main.ts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { allTargets } from './targets.ts'

const { name, seed, withinMs } = workerData as { name: string; seed: number; withinMs: number }
const folder = mkdtempSync(join(tmpdir(), 'certlet-fuzz-'))
const { targets, close } = await allTargets(folder)
try {
  const target = targets.find((one) => one.name === name)
  parentPort?.postMessage(await target?.run({ seed, withinMs, numRuns: Number.MAX_SAFE_INTEGER }))
} finally {
  await close()
  rmSync(folder, { recursive: true, force: true })
}
