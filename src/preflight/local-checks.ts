import type { ClientLook } from '../agent/client-look.ts'
import type { Looking } from '../agent/task.ts'
import { askReport } from '../control/control-client.ts'
import { CertletError } from '../errors.ts'
import { machineIdentity } from '../identity/machine-id.ts'
import { folderIsLocked } from '../store/folder-lock.ts'
import { diskFindings, type Looked } from './disk-checks.ts'
import { failedBy, type Finding } from './finding.ts'
import { atWorkFinding } from './local/at-work.ts'
import { bootstrapFileFinding } from './local/bootstrap-file.ts'
import { credentialFinding } from './local/credential.ts'
import { machineIdFinding } from './local/machine-id.ts'
import { nodeNameFinding } from './local/node-name.ts'
import type { PreflightTask } from './task.ts'

/** All checks that need no network. Nothing is written. @throws the signal's reason. */
export async function localFindings(task: PreflightTask, { look, looking }: Looked): Promise<Finding[]> {
  const { settings, way, uid } = task
  const joined = !(look instanceof CertletError) && look.kubeconfig.kind === 'usable'
  const bootstrap = way.kind === 'file' ? way.bootstrap : new CertletError('KUBECONFIG_MISSING', 'there is none yet')
  return [
    nodeNameFinding(settings.identity),
    machineIdFinding({ ...machineFacts(task), madeElsewhere: keysMadeElsewhere(look, looking) }),
    ...(way.kind === 'file' ? [bootstrapFileFinding(way.bootstrap, { needed: !joined, uid })] : []),
    credentialFinding(look, bootstrap),
    ...diskFindings(task),
    await atWork(task),
  ]
}

function machineFacts({ machine }: PreflightTask): {
  text: string | undefined
  binding: boolean
  machine: string | undefined
} {
  return { ...machine, machine: machineIdentity(machine.text) }
}

function keysMadeElsewhere(look: ClientLook | CertletError, { store, bindings }: Looking): string[] {
  if (look instanceof CertletError) return []
  const current = store.readCurrent()
  const pending = store.readPendingKey()
  return [
    ...(current && current.broken === undefined && bindings.madeElsewhere(current.privateKeyPem) ? [current.path] : []),
    ...(pending !== undefined && bindings.madeElsewhere(pending) ? ['the pending key'] : []),
  ]
}

async function atWork({ settings, kubelets, signal }: PreflightTask): Promise<Finding> {
  const { certDir } = settings
  try {
    const locked = await folderIsLocked(certDir)
    const daemon = locked && (await askReport(certDir, signal)) !== undefined
    return atWorkFinding({ locked, daemon, kubelets: kubelets() }, certDir)
  } catch (error) {
    if (error instanceof CertletError && !signal.aborted) return failedBy('at-work', error)
    throw error
  }
}
