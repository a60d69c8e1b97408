import { parseArgs } from 'node:util'
import { live } from './live.ts'
import { describeLife, faultsOf } from './verdict.ts'

/** `npm run test:long`: a simulated year. `--days` makes it shorter, `--seed` another one; SIGINT ends it with the day. */
const { values } = parseArgs({
  options: { days: { type: 'string', default: '365' }, seed: { type: 'string', default: '1' } },
})
let goesOn = true
process.once('SIGINT', () => {
  goesOn = false
})
const life = await live({ days: Number(values.days), seed: Number(values.seed) }, (day) => {
  if (process.stderr.isTTY) process.stderr.write(`\rday ${day}`)
  else if (day % 10 === 0) process.stderr.write(`day ${day}\n`)
  return goesOn
})
if (process.stderr.isTTY) process.stderr.write('\r')
process.stdout.write(describeLife(life))
const faults = faultsOf(life)
for (const fault of faults.slice(0, 20)) process.stdout.write(`FAULT ${fault}\n`)
if (faults.length > 0) process.exitCode = 1
