// Measures, and says which budgets are met: npm run bench -- [SECTION...] [--rounds N] [--tiny] [--out FILE] [--compare FILE]
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Figure, table } from './bench/figure.ts'
import { peers, versionOf } from './bench/program.ts'
import { type Machine, machine, machineLine } from './bench/machine.ts'
import { sections } from './bench/sections.ts'
import { bundle } from './build.ts'

interface Run {
  readonly at: string
  readonly machine: Machine
  readonly figures: readonly Figure[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    tiny: { type: 'boolean' },
    out: { type: 'string' },
    compare: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const chosen = sections.filter(
  ({ name }) => positionals.length === 0 || positionals.some((one) => name.startsWith(one)),
)
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
const wrong = chosen.length === 0 || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
if (values.help || wrong) {
  console.log('npm run bench -- [SECTION...] [--rounds N] [--tiny] [--out FILE] [--compare FILE]\n')
  for (const { name, about } of sections) console.log(`  ${name.padEnd(12)} ${about}`)
  console.log('\nCERTLET_BENCH_PEER names another program to measure beside certlet: docs/performance.md')
  process.exit(wrong ? 2 : 0)
}
const before = values.compare === undefined ? undefined : (JSON.parse(readFileSync(values.compare, 'utf8')) as Run)

await bundle()
const figures: Figure[] = []
for (const section of chosen) {
  console.error(`${section.name}: ${section.about}`)
  try {
    figures.push(...(await section.measure({ rounds, tiny: values.tiny })))
  } catch (error) {
    // What takes a quarter of an hour is not lost by one section.
    console.error(`error: ${section.name}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
const run: Run = { at: new Date().toISOString(), machine: machine(peers().map(versionOf)[0]), figures }
console.log(machineLine(run.machine))
if (before !== undefined) console.log(`before, ${before.at}: ${machineLine(before.machine)}`)
console.log(`\n${table(figures, before?.figures)}`)
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(run, null, 2)}\n`)
