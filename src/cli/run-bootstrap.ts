import { bootstrap } from '../agent/bootstrap.ts'
import { planBootstrap } from '../agent/dry-run.ts'
import type { AgentEvent } from '../agent/report.ts'
import type { BootstrapSettings } from '../agent/settings.ts'
import type { EarlyConnections } from '../kube/early-agent.ts'
import { agentContext } from './agent-context.ts'
import { agentSettings, warnOfUnusualKeys } from './agent-settings.ts'
import { describePlan, planAsJson } from './bootstrap-plan.ts'
import { describeResult, resultAsJson } from './bootstrap-report.ts'
import type { Flags } from './command.ts'
import { durationOf, logOf } from './common-flags.ts'
import { quickPreflight } from './quick-preflight.ts'
import type { World } from './world.ts'

/** `certlet bootstrap`. @param early - connections that were opened before. @returns the exit code. @throws CertletError */
export async function runBootstrap(flags: Flags, world: World, early?: EarlyConnections): Promise<number> {
  const settings: BootstrapSettings = {
    ...(await agentSettings(flags, world)),
    timeoutMs: durationOf(flags, 'timeout'),
    servingTimeoutMs: durationOf(flags, 'serving-timeout'),
  }
  const log = logOf(flags, world)
  const quick = quickPreflight(flags, settings, { world, log, limitMs: settings.timeoutMs })
  const context = {
    ...agentContext(log, world, { nodeBinding: flags['node-binding'] !== false, ...(early && { early }) }),
    happened: (event: AgentEvent): void => {
      if (event.kind === 'attempt-failed') quick.failed(event.code)
    },
  }
  warnOfUnusualKeys(settings, log)
  const json = flags['output'] === 'json'
  if (flags['dry-run'] === true) {
    const plan = await planBootstrap(settings, context)
    world.stdout.write(json ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : describePlan(plan, settings))
    return 0
  }
  quick.refuseDiskFault()
  const result = await quick.watch(() => bootstrap(settings, context))
  world.stdout.write(
    json ? `${JSON.stringify(resultAsJson(result, settings), null, 2)}\n` : describeResult(result, settings),
  )
  return 0
}
