// Measures, and says which budgets are met: npm run bench -- [SECTION...] [--out FILE] [--compare FILE]
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { type Figure, type Section, table } from './bench/figure.ts'
import { fleetOwn, fleetRest, fleetShared } from './bench/fleet.ts'
import { labCrowd } from './bench/lab-crowd.ts'
import { labNodes } from './bench/lab-nodes.ts'
import { labReady } from './bench/lab-ready.ts'
import { bundle } from './build.ts'

const sections: readonly Section[] = [labReady, labNodes, labCrowd, fleetOwn, fleetShared, fleetRest]

interface Run {
  readonly at: string
  readonly machine: object
  readonly figures: readonly Figure[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, compare: { type: 'string' }, help: { type: 'boolean' } },
})
const chosen = sections.filter(
  ({ name }) => positionals.length === 0 || positionals.some((one) => name.startsWith(one)),
)
if (values.help || chosen.length === 0) {
  console.log('npm run bench -- [SECTION...] [--out FILE] [--compare FILE]\n')
  for (const { name, about } of sections) console.log(`  ${name.padEnd(12)} ${about}`)
  process.exit(values.help ? 0 : 2)
}

await bundle()
const figures: Figure[] = []
for (const section of chosen) {
  console.error(`${section.name}: ${section.about}`)
  figures.push(...(await section.measure()))
}
const before = values.compare === undefined ? [] : (JSON.parse(readFileSync(values.compare, 'utf8')) as Run).figures
console.log(table(figures, before))
if (values.out !== undefined) {
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    platform: process.platform,
  }
  const run: Run = { at: new Date().toISOString(), machine, figures }
  writeFileSync(values.out, `${JSON.stringify(run, null, 2)}\n`)
}
