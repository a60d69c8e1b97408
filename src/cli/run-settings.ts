import { resolve } from 'node:path'
import type { RunSettings } from '../agent/settings.ts'
import { CertletError } from '../errors.ts'
import { agentSettings } from './agent-settings.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/** What the flags of `certlet run` say, checked. @throws CertletError USAGE, NODE_NAME_INVALID */
export async function runSettings(flags: Flags, world: World): Promise<RunSettings> {
  const settings = await agentSettings(flags, world)
  const caFile = textOf(flags, 'ca-file')
  if (caFile !== undefined && settings.source.kind === 'file' && resolve(caFile) === settings.source.path) {
    throw new CertletError('USAGE', '--ca-file and --bootstrap-kubeconfig name the same file')
  }
  return {
    ...settings,
    ...(caFile !== undefined && { caFile: resolve(caFile) }),
    dropStaleSans: flags['drop-stale-sans'] === true,
  }
}
