import { resolve } from 'node:path'
import type { Emulation } from '../csr/constants.ts'
import { machineIdentity } from '../identity/machine-id.ts'
import { nodeIdentity } from '../identity/node-identity.ts'
import { nodeStatus } from '../status/node-status.ts'
import { exitCodeOf } from '../status/status.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { describeStatus, statusAsJson } from './status-report.ts'
import type { World } from './world.ts'

/** `certlet status`. @returns the exit code, see docs/run.md. @throws CertletError USAGE, NODE_NAME_INVALID */
export async function runStatus(flags: Flags, world: World): Promise<number> {
  const { clock, uid, signal } = world
  const status = await nodeStatus({
    settings: {
      identity: nodeIdentity({ hostnameOverride: textOf(flags, 'hostname-override'), osHostname: world.hostname() }),
      kubeconfigPath: resolve(textOf(flags, 'kubeconfig') ?? ''),
      certDir: resolve(textOf(flags, 'cert-dir') ?? ''),
      emulation: flags['emulate'] as Emulation,
    },
    servingWanted: flags['serving'] === true,
    machine: flags['node-binding'] === true ? machineIdentity(world.machineId()) : undefined,
    ...{ clock, uid, signal },
  })
  const output = flags['output']
  world.stdout.write(output === 'text' ? describeStatus(status, clock.now()) : formatted(statusAsJson(status), output))
  return exitCodeOf(status)
}
