// Fuzzes for as long as it is told (starts of threads not counted): npm run fuzz -- --minutes 30 [--target NAME] [--seed N].
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Tally } from './target.ts'
import { TARGET_NAMES } from './targets.ts'

/** Of one target, before the next has its turn, ms. */
const SLICE_MS = 5_000

/** No word from a target for so long means that it hangs, ms. */
const HANG_MS = 60_000

/** What a worker may hold, MiB: an input has a few, and twice that is read at most. More ends it. */
const MEMORY_MB = 512

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, target: { type: 'string' }, seed: { type: 'string' } },
})
const names = TARGET_NAMES.filter((name) => values.target === undefined || name.includes(values.target))
if (names.length === 0)
  throw new Error(`There is no target ${values.target ?? ''}; there are: ${TARGET_NAMES.join(', ')}`)
let seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const tallies = new Map<string, Tally>()

console.log(`fuzzing ${names.length} targets for ${values.minutes} min, seed ${seed}`)
for (let leftMs = Number(values.minutes) * 60_000; leftMs >= 1; seed += 1) {
  const withinMs = Math.min(SLICE_MS, Math.max(100, leftMs / names.length))
  for (const name of names) tallies.set(name, sum(tallies.get(name), await inWorker(name, seed, withinMs)))
  leftMs -= withinMs * names.length
}

console.log('| what is given | inputs | refused by name | slowest, ms |\n| --- | --: | --: | --: |')
for (const [name, { runs, refused, slowestMs }] of [...tallies, ['all', [...tallies.values()].reduce(sum)] as const]) {
  console.log(`| ${name} | ${runs} | ${refused} | ${slowestMs.toFixed(0)} |`)
}

function sum(one: Tally | undefined, other: Tally): Tally {
  return {
    runs: (one?.runs ?? 0) + other.runs,
    refused: (one?.refused ?? 0) + other.refused,
    slowestMs: Math.max(one?.slowestMs ?? 0, other.slowestMs),
  }
}

/** One slice, in a thread of its own with a bound on its memory. What fails there ends the whole run, with what it takes to see it again. */
function inWorker(name: string, seedOfSlice: number, withinMs: number): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { name, seed: seedOfSlice, withinMs },
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    })
    const again = `; see it again: npm run fuzz -- --target '${name}' --seed ${seedOfSlice}`
    const hang = setTimeout(() => {
      void worker.terminate()
      reject(new Error(`"${name}" hangs${again}`))
    }, withinMs + HANG_MS)
    worker.once('message', (tally: Tally) => {
      resolve(tally)
    })
    worker.once('error', (error: unknown) => {
      reject(new Error(`"${name}" failed${again}\n${(error as Error).message}`, { cause: error }))
    })
    worker.once('exit', () => {
      clearTimeout(hang)
      reject(new Error(`"${name}" ended without a word${again}`))
    })
  })
}
