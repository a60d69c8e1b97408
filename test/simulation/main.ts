import { parseArgs } from 'node:util'
import { live } from './life.ts'
import { describeFigures, figuresTable, writeTable } from './report.ts'
import { loadVariant } from './variant.ts'
import { addFigures, noFigures } from './world.ts'

/**
 * `npm run sim`: lives lives and says which invariants were violated, with the seed of each. `--seeds` how many, `--from` the first one;
 * `--seed N --trace` lives one and says what happens in it; `--no-leaps` lives every hop of every quiet time; `--aimed` lives those of aimed
 * faults; `--write` writes the figures into docs/reliability.md. SIGINT ends it with the life.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    aimed: { type: 'boolean', default: false },
    leaps: { type: 'boolean', default: true },
    write: { type: 'boolean', default: false },
  },
  allowNegative: true,
})
const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort()
})
// Of `| head`.
process.stdout.once('error', () => process.exit())
// Errors are a matter of course here, and nobody reads where they were made.
if (!values.trace) Error.stackTraceLimit = 0

const write = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const asShipped = await loadVariant('as-shipped', [])
const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const sum = noFigures()
const before = process.cpuUsage()
let lived = 0
let violations = 0
for (let seed = first; seed < first + count && !interrupted.signal.aborted; seed++) {
  const { figures, violation } = await live({
    ...{ seed, variant: asShipped, oracle: asShipped, leaps: values.leaps },
    aimed: values.aimed,
    write: values.trace ? write : undefined,
  })
  addFigures(sum, figures)
  lived++
  if (lived % 1000 === 0) process.stderr.write(`${lived} lives\n`)
  if (!violation) continue
  const kind = `${values.aimed ? ' --aimed' : ''}${values.leaps ? '' : ' --no-leaps'}`
  write(`seed ${seed}: ${violation.message}\n  step by step: npm run sim --${kind} --seed ${seed} --trace`)
  violations++
  process.exitCode = 1
}
const { user, system } = process.cpuUsage(before)
const extent = { seeds: lived, violations, cpuSeconds: (user + system) / 1e6 }
write(describeFigures(sum, extent))
if (values.write) writeTable(values.aimed ? 'aimed lives' : 'lives', figuresTable(sum, extent))
