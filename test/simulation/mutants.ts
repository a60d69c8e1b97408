import { parseArgs } from 'node:util'
import { type Found, hunt } from './hunt.ts'
import { MUTATIONS } from './mutations.ts'
import { mutationTable, writeTable } from './report.ts'
import { loadVariant } from './variant.ts'

/**
 * `npm run sim:mutants`: makes each of the mistakes and looks how many seeds it takes until an invariant is violated. `--most` seeds for
 * each; `--only` those whose name has this in it; `--write` writes the table into docs/reliability.md.
 */
const { values } = parseArgs({
  options: {
    most: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
})
Error.stackTraceLimit = 0

const oracle = await loadVariant('as-shipped', [])
const found: Found[] = []
for (const mutation of MUTATIONS.filter(({ name }) => new RegExp(values.only).test(name))) {
  const one = await hunt(mutation, { oracle, most: Number(values.most) })
  found.push(one)
  process.stderr.write(`${mutation.name}: ${one.invariant ?? 'NOT FOUND'}, ${one.seeds}\n`)
  if (one.invariant === undefined) process.exitCode = 1
}
process.stdout.write(`${mutationTable(found)}\n`)
if (values.write) writeTable('mutations', mutationTable(found))
