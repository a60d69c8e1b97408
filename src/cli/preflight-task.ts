import { resolve } from 'node:path'
import { readSource } from '../agent/client-look.ts'
import { bundleOf } from '../discovery/ca-pins.ts'
import { endpointUrl } from '../discovery/endpoint.ts'
import type { Log } from '../log.ts'
import { discoveredAccess, type Place } from '../preflight/access.ts'
import type { PreflightTask, Way } from '../preflight/task.ts'
import { agentSettings } from './agent-settings.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { refuseOtherCa, refuseOtherCluster } from './join-checks.ts'
import { discoveryOf } from './join-discovery.ts'
import type { World } from './world.ts'

/** What the flags of `certlet preflight` ask for. @throws CertletError USAGE, NODE_NAME_INVALID, PIN_MISSING, … */
export async function preflightTask(
  flags: Flags,
  from: { readonly world: World; readonly log: Log; readonly argv: readonly string[] },
): Promise<PreflightTask> {
  const { world } = from
  const { env, uid, clock, signal } = world
  const settings = await agentSettings(flags, world)
  const byHand = textOf(flags, 'endpoint') !== undefined || textOf(flags, 'discovery-file') !== undefined
  return {
    settings,
    way: byHand ? await discoveryWay(flags, from) : { kind: 'file', bootstrap: readSource(settings) },
    replace: flags['replace'] === true,
    machine: { text: world.machineId(), binding: flags['node-binding'] !== false },
    kubelets: () => world.processes('kubelet'),
    ...{ env, uid, clock, signal },
  }
}

async function discoveryWay(
  flags: Flags,
  from: { readonly world: World; readonly log: Log; readonly argv: readonly string[] },
): Promise<Way> {
  const endpoint = textOf(flags, 'endpoint')
  const { discover } = await discoveryOf(flags, from)
  return {
    kind: 'discovery',
    endpoint: endpoint === undefined ? undefined : placeOf(endpoint),
    discover: async (context) => {
      const { cluster, credential } = await discover(context)
      refuseOtherCluster(resolve(textOf(flags, 'kubeconfig') ?? ''), cluster)
      refuseOtherCa(resolve(textOf(flags, 'ca-cert') ?? ''), cluster)
      return discoveredAccess({ server: cluster.server, caPem: bundleOf(cluster.ca) }, credential)
    },
  }
}

/** The place that a command line names: whom to trust there is yet to be found out. @throws CertletError USAGE */
export function placeOf(endpoint: string): Place {
  return { url: endpointUrl(endpoint), skipTlsVerify: false, unknown: true }
}
