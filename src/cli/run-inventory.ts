import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { inventoryExitCode } from '../inventory/inventory.ts'
import { takeInventory } from '../inventory/take-inventory.ts'
import { inventoryStandings } from '../status/standing.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { describeInventory, inventoryAsJson } from './inventory-report.ts'
import { paintOf } from './paint.ts'
import { answerOf, marginOf } from './status-answer.ts'
import type { World } from './world.ts'

/** `certlet status FILE|FOLDER|KUBECONFIG…`. @returns the exit code, see docs/status.md. @throws CertletError USAGE */
export function runInventory(given: readonly string[], flags: Flags, world: World): number {
  const now = world.clock.now()
  const paths = given.map((path) => resolve(path))
  const inventory = takeInventory(paths, { now, margin: marginOf(flags) ?? { share: 1 / 3 } })
  const answer = answerOf(flags, inventoryStandings(inventory), world)
  if (answer !== undefined) return answer
  const output = flags['output']
  const [first] = paths
  const folders = paths.some((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())
  const { stdout } = world
  const view = {
    ...{ now, paint: paintOf(stdout), width: stdout.columns, detailed: !folders },
    base: paths.length === 1 && folders ? first : undefined,
  }
  stdout.write(
    output === 'text' ? describeInventory(inventory, view) : formatted(inventoryAsJson(inventory, now), output),
  )
  return inventoryExitCode(inventory)
}
