import { resolve } from 'node:path'
import type { RunSettings } from '../agent/settings.ts'
import { CertletError } from '../errors.ts'
import type { CaPublication } from '../kube/published-ca.ts'
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
  const refreshCa = publicationOf(flags)
  if (caFile !== undefined && refreshCa) {
    throw new CertletError('USAGE', '--ca-file and --refresh-ca both say what CA the kubeconfig is to have: give one')
  }
  return {
    ...settings,
    ...(caFile !== undefined && { caFile: resolve(caFile) }),
    ...(refreshCa && { refreshCa }),
    dropStaleSans: flags['drop-stale-sans'] === true,
  }
}

function publicationOf(flags: Flags): CaPublication | undefined {
  switch (textOf(flags, 'refresh-ca')) {
    case 'configmap':
      return { kind: 'configmap', namespace: textOf(flags, 'refresh-ca-namespace') ?? 'kube-system' }
    case 'trust-bundle':
      return { kind: 'trust-bundle' }
    default:
      return undefined
  }
}
