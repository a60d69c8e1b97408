import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from '../../scripts/build.ts'
import { tryCuts } from '../power-cut/figures.ts'
import { assertNoSecrets } from '../support/command.ts'
import { describePoint, FAULTS } from './fault.ts'
import { tryPoints } from './matrix.ts'
import { commandDigest, openRecord } from './record.ts'
import { allSurvived, crashFigures, describeFigures, type Figures, withFigures } from './report.ts'
import { scenarios } from './scenario.ts'
import { STRACE_MISSING, straceWorks } from './under-strace.ts'

/**
 * `npm run test:crash`: every fault at every system call, then every state of a power cut. SIGINT ends it with what was tried.
 * `--scenario`, `--fault` and `--only` (of the words in which a point is told) choose some, `--few` and `--seed` a spread;
 * `--record FILE` keeps each outcome as it comes: a run that was broken off is taken up by the next with the same file.
 * `--json FILE` and `--docs` keep the figures.
 */
const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: String(availableParallelism()) },
    scenario: { type: 'string', multiple: true },
    fault: { type: 'string', multiple: true },
    only: { type: 'string' },
    few: { type: 'string' },
    seed: { type: 'string', default: '1' },
    record: { type: 'string' },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
})
if (!straceWorks()) {
  process.stderr.write(`${STRACE_MISSING}\n`)
  process.exit(1)
}
const { few, seed, only, scenario: names, fault: faults } = values
const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort()
})
await bundle()
const record = values.record === undefined ? undefined : openRecord(values.record, commandDigest())
const tried = await tryPoints({
  scenarios: scenarios.filter(({ name }) => names?.includes(name) ?? true),
  faults: FAULTS.filter((fault) => faults?.includes(fault) ?? true),
  ...(only !== undefined && { only: new RegExp(only) }),
  ...(few !== undefined && { few: { points: Number(few), seed: Number(seed) } }),
  ...(record && { known: record.known }),
  jobs: Number(values.jobs),
  goesOn: () => !interrupted.signal.aborted,
  told: ({ name }, outcome, done, all) => {
    record?.add(name, outcome)
    const { point, struck, reached, faults: found } = outcome
    if (done % 100 === 0) process.stderr.write(`${name}: ${done} of ${all}\n`)
    const where = reached || !struck ? '' : ', though it struck elsewhere'
    for (const fault of found) process.stdout.write(`LOST ${name}: ${describePoint(point)}${where}: ${fault}\n`)
  },
})
const powerCuts = await tryCuts()
assertNoSecrets()
const choice = [
  ...(few === undefined ? [] : [`${few} of each life, seed ${seed}`]),
  ...(names ?? []),
  ...(faults ?? []),
  ...(only === undefined ? [] : [`those with "${only}"`]),
  ...(interrupted.signal.aborted ? ['interrupted'] : []),
]
const figures: Figures = {
  at: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  chosen: choice.length === 0 ? undefined : choice.join(', '),
  crashes: tried.map(crashFigures),
  powerCuts,
}
process.stdout.write(describeFigures(figures))
for (const { scenario, lost } of powerCuts) for (const one of lost) process.stdout.write(`LOST ${scenario}: ${one}\n`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
if (values.docs) {
  const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), figures))
}
if (!allSurvived(figures)) process.exitCode = 1
