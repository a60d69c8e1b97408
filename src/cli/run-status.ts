import { resolve } from 'node:path'
import type { Emulation, Purpose } from '../csr/constants.ts'
import { parseDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { machineIdentity } from '../identity/machine-id.ts'
import { nodeIdentity } from '../identity/node-identity.ts'
import { type Awaited, awaitCredential } from '../status/await-credentials.ts'
import { nodeStatus } from '../status/node-status.ts'
import { nodeStandings } from '../status/standing.ts'
import { exitCodeOf, type NodeStatus } from '../status/status.ts'
import { listOf, logOf, textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { paintOf } from './paint.ts'
import { answerOf, marginOf } from './status-answer.ts'
import { describeStatus, statusAsJson } from './status-report.ts'
import type { World } from './world.ts'

/** `certlet status`. @returns the exit code, see docs/status.md. @throws CertletError USAGE, NODE_NAME_INVALID, NOT_IN_PLACE */
export async function runStatus(flags: Flags, world: World): Promise<number> {
  const { clock, stdout } = world
  const margin = marginOf(flags)
  const awaited = listOf(flags, 'wait').map(awaitedOf)
  if (flags['check'] === true && flags['monitoring'] === true) {
    throw new CertletError('USAGE', 'Give either --check or --monitoring')
  }
  const paths = (flags['paths'] ?? []) as readonly string[]
  if (paths.length > 0) {
    if (awaited.length > 0) throw new CertletError('USAGE', '--wait is for this node’s credentials, not for paths')
    return (await import('./run-inventory.ts')).runInventory(paths, flags, world)
  }
  const look = lookOf(flags, world)
  if (awaited.length > 0) await awaitAll(awaited, look, flags, world)
  const found = await look()
  const status = flags['ask'] === true && found.daemon.state !== 'running' ? await asked(found, flags, world) : found
  const answer = answerOf(flags, nodeStandings(status, { now: clock.now(), margin }), world)
  if (answer !== undefined) return answer
  const output = flags['output']
  const view = { now: clock.now(), width: stdout.columns, paint: paintOf(stdout) }
  stdout.write(output === 'text' ? describeStatus(status, view) : formatted(statusAsJson(status), output))
  return exitCodeOf(status)
}

async function asked(status: NodeStatus, flags: Flags, world: World): Promise<NodeStatus> {
  const [{ askWhy }, { sourceOf }] = await Promise.all([import('./ask-why.ts'), import('./agent-settings.ts')])
  return askWhy(status, await sourceOf(flags, world), world)
}

function lookOf(flags: Flags, world: World): () => Promise<NodeStatus> {
  const { clock, uid, signal } = world
  const settings = {
    identity: nodeIdentity({ hostnameOverride: textOf(flags, 'hostname-override'), osHostname: world.hostname() }),
    kubeconfigPath: resolve(textOf(flags, 'kubeconfig') ?? ''),
    certDir: resolve(textOf(flags, 'cert-dir') ?? ''),
    emulation: flags['emulate'] as Emulation,
  }
  const machine = flags['node-binding'] === true ? machineIdentity(world.machineId()) : undefined
  return () => nodeStatus({ settings, servingWanted: flags['serving'] === true, machine, clock, uid, signal })
}

/** All at once, each with its own time. */
async function awaitAll(
  awaited: readonly Awaited[],
  look: () => Promise<NodeStatus>,
  flags: Flags,
  world: World,
): Promise<void> {
  const log = logOf(flags, world)
  const over = new AbortController()
  const context = {
    look,
    clock: world.clock,
    signal: AbortSignal.any([world.signal, over.signal]),
    onReason: (purpose: Purpose, reason: string) => {
      log.info(`waiting for the ${purpose} credential`, { because: reason })
    },
  }
  try {
    await Promise.all(awaited.map((one) => awaitCredential(one, context)))
  } finally {
    over.abort()
  }
}

/** `client`, `serving=5m`. @throws CertletError USAGE */
function awaitedOf(text: string): Awaited {
  const [purpose = '', time] = text.split('=')
  const timeoutMs = time === undefined ? undefined : parseDuration(time)
  if ((purpose === 'client' || purpose === 'serving') && (time === undefined || (timeoutMs ?? 0) > 0)) {
    return { purpose, timeoutMs }
  }
  throw new CertletError(
    'USAGE',
    `--wait "${text}" is neither client nor serving, alone or with a duration like client=5m`,
  )
}
