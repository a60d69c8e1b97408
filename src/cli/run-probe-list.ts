import { describeIdentity } from '../probe/identity.ts'
import { wrapped } from './columns.ts'
import { listOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { paintOf } from './paint.ts'
import { printable } from './printable.ts'
import { suitesNamed } from './probe-suites.ts'
import type { World } from './world.ts'

/** `certlet probe list`. @throws CertletError USAGE */
export function runProbeList(flags: Flags, world: World): Promise<number> {
  const suites = suitesNamed(listOf(flags, 'suite'))
  const paint = paintOf(world.stdout)
  const { columns } = world.stdout
  const text = suites
    .map(({ name, describe, cases, defaults }) => {
      const head = [paint('title', `${name} (${cases.length} cases)`), ...wrapped(printable(describe), columns)]
      const rows = cases.flatMap((one) => {
        const as = describeIdentity(one.as ?? defaults?.as ?? 'node')
        const why = wrapped(printable(one.why), columns === undefined ? undefined : columns - 4)
        return [`  ${printable(one.name)}  ${paint('faint', printable(as))}`, ...why.map((line) => `    ${line}`)]
      })
      return `${[...head, ...rows].join('\n')}\n`
    })
    .join('\n')
  world.stdout.write(flags['output'] === 'text' ? text : formatted(suites, flags['output']))
  return Promise.resolve(0)
}
