import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allTargets, TARGET_NAMES } from './targets.ts'

/** For each target, ms and inputs: the short form. `npm run fuzz -- --minutes 30` goes on. */
const SHORT = { withinMs: 200, numRuns: 400 }

describe('whatever it is given, it ends with a result or a named error:', () => {
  let folder = ''
  let all: Awaited<ReturnType<typeof allTargets>>

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'certlet-fuzz-'))
    all = await allTargets(folder)
  })
  after(async () => {
    await all.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const name of TARGET_NAMES) {
    it(name, async () => {
      const target = all.targets.find((one) => one.name === name)
      if (!target) throw new Error(`there is no target ${name}`)
      await target.run({ ...SHORT, seed: Math.floor(Math.random() * 2 ** 31) }) // a failure tells the seed
    })
  }
})
