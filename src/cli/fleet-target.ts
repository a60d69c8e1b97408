import { bufferFromFileOrString, type KubeConfig } from '@kubernetes/client-node'
import type { RetryPolicy } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import { peerOf } from '../fleet/api/peer.ts'
import type { Peer } from '../fleet/api/wire.ts'
import { deleteRequests } from '../fleet/clean-up.ts'
import { tokenText } from '../discovery/bootstrap-token.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { tokenSecrets } from '../kube/token-secrets.ts'
import { readAdministratorKubeconfig } from '../kubeconfig/administrator-kubeconfig.ts'
import { readBootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { renderBootstrapKubeconfig } from '../kubeconfig/bootstrap-file.ts'
import { randomToken } from '../tokens/random-token.ts'
import { KUBEADM_GROUP, secretName, TOKEN_NAMESPACE, tokenSecret } from '../tokens/token-secret.ts'
import type { Flags } from './command.ts'
import { textOf } from './common-flags.ts'
import { type FleetLab, startFleetLab } from './fleet-lab.ts'
import type { World } from './world.ts'

/** What a fleet joins, and what is to be put in order afterwards. Disposing ends the lab, or deletes the token. */
export interface FleetTarget extends AsyncDisposable {
  readonly peer: Peer
  readonly lab: FleetLab | undefined
  /** Deletes what was made. @returns whether the credential may; a lab needs none of it */
  cleanUp(selector: string, signal: AbortSignal): Promise<boolean>
}

/** Longest that a token for one run is good, should nobody delete it. */
const TOKEN_MS = 24 * 3_600_000

/** How long the last words to the cluster may take, ms, when the command is to end. */
const LAST_WORDS_MS = 400

/** The cluster that the flags name, or a lab of the fleet's own. */
export async function fleetTarget(flags: Flags, serving: boolean, world: World): Promise<FleetTarget> {
  const bootstrap = textOf(flags, 'bootstrap-kubeconfig')
  const named = textOf(flags, 'kubeconfig')
  const labFlags = textOf(flags, 'lab-flags')
  if (bootstrap === undefined && named === undefined) return ownLab(labFlags ?? '', serving, world)
  if (labFlags !== undefined) throw new CertletError('USAGE', '--lab-flags is for a lab, and a cluster is given')
  const retry: RetryPolicy = { clock: world.clock, random: world.random, onProblem: () => undefined }
  const administrator = named === undefined ? undefined : readAdministratorKubeconfig(named, world.env)
  const connection = administrator && connectionTo(administrator, retry)
  const cleanUp: FleetTarget['cleanUp'] = async (selector, signal) =>
    connection !== undefined && (await deleteRequests(connection, selector, signal))
  if (bootstrap !== undefined) {
    const peer = await peerOf(readBootstrap(bootstrap, flags), world.signal)
    const end = (): Promise<void> => {
      connection?.[Symbol.dispose]()
      return Promise.resolve()
    }
    return { peer, lab: undefined, cleanUp, [Symbol.asyncDispose]: end }
  }
  if (!administrator || !connection) throw new CertletError('INTERNAL', 'There is no kubeconfig')
  const token = await tokenForRun(administrator, connection, world)
  return {
    peer: await peerOf(token.kubeConfig, world.signal),
    lab: undefined,
    cleanUp,
    [Symbol.asyncDispose]: async () => {
      await token.remove().catch(() => undefined) // it expires by itself
      connection[Symbol.dispose]()
    },
  }
}

async function ownLab(labFlags: string, serving: boolean, world: World): Promise<FleetTarget> {
  const lab = await startFleetLab(labFlags, serving, world)
  try {
    const { kubeConfig } = readBootstrapKubeconfig({ kind: 'file', path: lab.bootstrapPath }, false)
    const peer = await peerOf(kubeConfig, world.signal)
    return { peer, lab, cleanUp: () => Promise.resolve(true), [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() }
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
}

function readBootstrap(path: string, flags: Flags): KubeConfig {
  return readBootstrapKubeconfig({ kind: 'file', path }, flags['allow-insecure'] === true).kubeConfig
}

/** A bootstrap token of the run's own, as `certlet token create` makes it. */
async function tokenForRun(
  administrator: KubeConfig,
  connection: Connection,
  { clock, signal }: World,
): Promise<{ kubeConfig: KubeConfig; remove(): Promise<void> }> {
  const token = randomToken()
  const secrets = tokenSecrets(connection, TOKEN_NAMESPACE)
  const terms = {
    usages: ['authentication'],
    groups: [KUBEADM_GROUP],
    description: 'certlet fleet',
    expires: new Date(clock.now().getTime() + TOKEN_MS),
  } as const
  await secrets.create(tokenSecret(token, terms), signal)
  const { server = '', caData, caFile } = administrator.getCurrentCluster() ?? {}
  const caPem = bufferFromFileOrString(caFile, caData)?.toString('utf8') ?? ''
  const text = renderBootstrapKubeconfig({ server, caPem }, { token: tokenText(token) })
  return {
    kubeConfig: readBootstrapKubeconfig({ kind: 'stdin', text }, false).kubeConfig,
    remove: () => secrets.delete(secretName(token.id), AbortSignal.timeout(LAST_WORDS_MS)),
  }
}
