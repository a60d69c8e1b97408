import { readSource } from '../agent/client-look.ts'
import { exitCodeOf, type Finding } from '../preflight/finding.ts'
import { lookAtDisk } from '../preflight/disk-checks.ts'
import { localFindings } from '../preflight/local-checks.ts'
import { preflight } from '../preflight/preflight.ts'
import { repairAll } from '../preflight/repair.ts'
import type { PreflightTask } from '../preflight/task.ts'
import { logOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { paintOf } from './paint.ts'
import { describeFindings, findingsAsJson } from './preflight-report.ts'
import { preflightTask } from './preflight-task.ts'
import { step } from './step.ts'
import type { World } from './world.ts'

/** `certlet preflight`. @returns the exit code, see docs/preflight.md. @throws CertletError USAGE, and with --fix DISK_ codes */
export async function runPreflight(flags: Flags, world: World, argv: readonly string[]): Promise<number> {
  const log = logOf(flags, world)
  const task = await preflightTask(flags, { world, log, argv })
  const fixed = flags['fix'] === true ? await repair(task) : []
  for (const done of fixed) log.info(done)
  const shown = { world, log, plain: flags['log-format'] === 'json' }
  const look = (): Promise<Finding[]> => preflight(fixed.length > 0 ? readAgain(task) : task)
  const findings = await step('Look at this machine, the network and the cluster', look, shown)
  world.stdout.write(report(findings, { flags, world, node: task.settings.identity.nodeName, fixed }))
  return exitCodeOf(findings)
}

async function repair(task: PreflightTask): Promise<string[]> {
  return repairAll(await localFindings(task, lookAtDisk(task)), task.uid)
}

/** What has been put right is no longer seen as it was. */
function readAgain(task: PreflightTask): PreflightTask {
  const { settings, way } = task
  return way.kind === 'file' ? { ...task, way: { kind: 'file', bootstrap: readSource(settings) } } : task
}

function report(
  findings: readonly Finding[],
  { flags, world, node, fixed }: { flags: Flags; world: World; node: string; fixed: readonly string[] },
): string {
  const output = flags['output']
  return output === 'text'
    ? describeFindings(findings, { paint: paintOf(world.stdout), width: world.stdout.columns })
    : formatted(findingsAsJson(findings, { node, fixed }), output)
}
