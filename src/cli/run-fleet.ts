import { availableParallelism } from 'node:os'
import { CertletError } from '../errors.ts'
import { play } from '../fleet/play.ts'
import type { RunRecord } from '../fleet/run-record.ts'
import type { Flags } from './command.ts'
import { logOf, textOf } from './common-flags.ts'
import { presentRun, writeRunFiles } from './fleet-output.ts'
import { fleetProgress } from './fleet-progress.ts'
import { fleetSettingsOf, startAtOf } from './fleet-settings.ts'
import { type FleetTarget, fleetTarget } from './fleet-target.ts'
import type { World } from './world.ts'

/** How long cleaning up may take: at the end, and when the command is to end at once, ms. */
const CLEANING_MS = 120_000
const HASTY_CLEANING_MS = 400

/** Exit code when not all nodes have joined. */
const NOT_ALL = 4

/**
 * `certlet fleet`: plays the nodes, shows what came of them, cleans up.
 * @returns 0 if all nodes have joined, else 4. @throws CertletError INTERRUPTED after the result so far; others before the first node
 */
export async function runFleetCommand(flags: Flags, world: World): Promise<number> {
  const settings = fleetSettingsOf(flags)
  const startAt = startAtOf(flags)
  const log = logOf(flags, world)
  await using target = await fleetTarget(flags, settings.serving, world)
  if (startAt !== undefined && startAt <= world.clock.now()) {
    log.warn('the start has passed already: what is late counts as latency', { start: startAt.toISOString() })
  }
  const { signal, clock, random } = world
  const stage = {
    ...{ peer: target.peer, lab: target.lab, retry: { clock, random }, signal, startAt },
    usage: () => world.usage(),
    cores: availableParallelism(),
  }
  let played
  {
    using progress = await fleetProgress(world, log)
    played = await play(settings, stage, (playing) => {
      progress.show(playing)
    })
  }
  const { record, selector } = played
  // First of all: whatever happens while it is put in order, what was measured is there.
  if (record.interrupted) await present(record, flags, world)
  const left = target.lab === undefined && !(await cleanedUp(target, selector, world))
  const whole: RunRecord = left ? record : { ...record, left: { requests: 0, selectors: [] } }
  if (!record.interrupted) await present(whole, flags, world)
  else if (left) log.warn('requests are left in the cluster', { delete: `kubectl delete csr -l ${selector}` })
  if (record.interrupted) throw signal.reason
  return record.nodes.joined === record.nodes.planned ? 0 : NOT_ALL
}

async function present(record: RunRecord, flags: Flags, world: World): Promise<void> {
  world.stdout.write(presentRun(record, flags, world))
  await writeRunFiles(record, { out: textOf(flags, 'out'), report: textOf(flags, 'report') })
}

async function cleanedUp(target: FleetTarget, selector: string, { signal }: World): Promise<boolean> {
  const limit = AbortSignal.timeout(signal.aborted ? HASTY_CLEANING_MS : CLEANING_MS)
  try {
    return await target.cleanUp(selector, signal.aborted ? limit : AbortSignal.any([limit, signal]))
  } catch (error) {
    if (error instanceof CertletError || limit.aborted || signal.aborted) return false
    throw error
  }
}
