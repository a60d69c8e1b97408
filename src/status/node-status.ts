import type { Clock } from '../clock.ts'
import type { AgentReport } from '../agent/report.ts'
import type { Judged } from '../agent/judge.ts'
import { lookAtClient } from '../agent/client-look.ts'
import { lookAtServing } from '../agent/serving-steps.ts'
import type { AgentSettings } from '../agent/settings.ts'
import type { Looking } from '../agent/task.ts'
import { reportOf } from '../agent/in-use.ts'
import { askReport } from '../control/control-client.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import { openCredentialStore } from '../store/credential-store.ts'
import { openKeyBindings } from '../store/key-bindings.ts'
import { openRequest } from './open-request.ts'
import type { ClientStatus, CredentialStatus, DaemonStatus, Found, NodeStatus } from './status.ts'

/** What it takes to see how a node stands. */
export interface StatusTask {
  readonly settings: Pick<AgentSettings, 'identity' | 'kubeconfigPath' | 'certDir' | 'emulation'>
  /** Whether a node without a serving credential lacks something. */
  readonly servingWanted: boolean
  readonly clock: Clock
  readonly uid: number
  /** See machineIdentity. */
  readonly machine: string | undefined
  readonly signal: AbortSignal
}

/**
 * How a node stands, by what is on disk and by the daemon, if one runs. Nothing is written or sent, no lock is taken, and nothing that
 * is wrong is an error.
 * @throws the signal's reason.
 */
export async function nodeStatus(task: StatusTask): Promise<NodeStatus> {
  const daemon = await daemonStatus(task)
  const client = clientStatus(task)
  const serving = servingStatus(task)
  const wanted = task.servingWanted || (daemon.state === 'running' && daemon.report.serving !== undefined)
  return {
    nodeName: task.settings.identity.nodeName,
    ...client,
    ...((wanted || serving.worth !== 'absent' || serving.request !== undefined) && { serving }),
    daemon,
  }
}

async function daemonStatus({ settings, signal }: StatusTask): Promise<DaemonStatus> {
  let report: AgentReport | undefined
  try {
    report = await askReport(settings.certDir, signal)
  } catch (error) {
    if (error instanceof CertletError && !signal.aborted) return { state: 'silent', why: error.message }
    throw error
  }
  return report ? { state: 'running', report } : { state: 'none' }
}

function clientStatus(task: StatusTask): ClientStatus {
  const { kubeconfigPath } = task.settings
  try {
    const looking = lookingAt('client', task)
    const { file, kubeconfig, used } = lookAtClient(looking)
    const server = file.kind === 'readable' ? file.server.url : undefined
    return {
      kubeconfig: { ...found(kubeconfig), path: kubeconfigPath, ...(server !== undefined && { server }) },
      client: credential('client', used, looking, task),
    }
  } catch (error) {
    const nothing = unknown(error)
    return {
      kubeconfig: { ...nothing, path: kubeconfigPath },
      client: { ...nothing, purpose: 'client', path: task.settings.certDir },
    }
  }
}

function servingStatus(task: StatusTask): CredentialStatus {
  try {
    const looking = lookingAt('serving', task)
    return credential('serving', lookAtServing(looking), looking, task)
  } catch (error) {
    return { ...unknown(error), purpose: 'serving', path: task.settings.certDir }
  }
}

function lookingAt(
  purpose: Purpose,
  { settings, clock, uid, machine }: StatusTask,
): Looking & { store: { currentPath: string } } {
  const directory = settings.certDir
  return {
    settings,
    store: openCredentialStore({ directory, purpose, uid, readOnly: true }),
    bindings: openKeyBindings({ directory, uid, machine }),
    context: { clock },
  }
}

function credential(
  purpose: Purpose,
  judged: Judged,
  looking: Looking & { store: { currentPath: string } },
  { settings }: StatusTask,
): CredentialStatus {
  const certificate = reportOf(judged)
  const request = openRequest(purpose, looking, settings)
  return {
    ...found(judged),
    purpose,
    path: looking.store.currentPath,
    ...(certificate && { certificate }),
    ...(request !== undefined && { request }),
  }
}

function found(judged: Judged): Found {
  return judged.kind === 'unusable' ? { worth: judged.kind, why: judged.why } : { worth: judged.kind }
}

/** What could not be looked at is not known; a defect is one all the same. */
function unknown(error: unknown): Found {
  if (error instanceof CertletError && error.code !== 'INTERNAL') return { worth: 'unknown', why: error.message }
  throw error
}
