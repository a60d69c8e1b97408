import { dirname } from 'node:path'
import { type ClientLook, lookAtClient } from '../agent/client-look.ts'
import type { Looking } from '../agent/task.ts'
import { CertletError } from '../errors.ts'
import { machineIdentity } from '../identity/machine-id.ts'
import { openCredentialStore } from '../store/credential-store.ts'
import { diskError } from '../store/disk-error.ts'
import { openKeyBindings } from '../store/key-bindings.ts'
import { type Failed, failedBy, type Finding, worstOf } from './finding.ts'
import { filesFinding } from './local/files.ts'
import { foldersFinding } from './local/folders.ts'
import { freeSpace, spaceFinding } from './local/space.ts'
import type { PreflightTask } from './task.ts'

/** What this machine's own disk shows. */
export interface Looked {
  readonly looking: Looking
  /** The client credential, or why it could not be looked at. */
  readonly look: ClientLook | CertletError
}

type DiskTask = Pick<PreflightTask, 'settings' | 'uid' | 'clock' | 'machine'>

/** Looks at the credential on disk. Nothing is written. */
export function lookAtDisk(task: DiskTask): Looked {
  const { settings, uid, clock } = task
  const directory = settings.certDir
  const looking = {
    settings,
    bindings: openKeyBindings({ directory, uid, machine: boundMachine(task) }),
    context: { clock },
  }
  try {
    const store = openCredentialStore({ directory, purpose: 'client', uid, readOnly: true })
    const whole = { ...looking, store }
    return { looking: whole, look: lookAtClient(whole) }
  } catch (error) {
    if (!(error instanceof CertletError)) throw error
    const nothing = { readCurrent: () => undefined, readPendingKey: () => undefined }
    return { looking: { ...looking, store: nothing }, look: error }
  }
}

/** Whether the disk can take credentials: what a bootstrap must know before it asks for any. Nothing is written. */
export function diskFindings({ settings, uid }: Pick<PreflightTask, 'settings' | 'uid'>): Finding[] {
  const { certDir, kubeconfigPath } = settings
  const folders = [
    { path: certDir, mode: 0o700 },
    { path: dirname(kubeconfigPath), mode: 0o755 },
  ]
  return [
    foldersFinding(folders, uid),
    spaceOf(folders.map(({ path }) => path)),
    filesFinding(certDir, kubeconfigPath, uid),
  ]
}

/** The first of the disk's faults that a bootstrap would end with; undefined if it can do its work, or has none to do. */
export function diskFault(task: DiskTask): Failed | undefined {
  const { look } = lookAtDisk(task)
  if (!(look instanceof CertletError) && look.kubeconfig.kind === 'usable') return undefined
  const worst = worstOf(diskFindings(task))
  return worst?.verdict === 'fail' ? worst : undefined
}

function spaceOf(paths: readonly string[]): Finding {
  try {
    return spaceFinding(paths.map(freeSpace))
  } catch (error) {
    return failedBy('space', diskError('look at', paths.join(', '), error))
  }
}

function boundMachine({ machine }: Pick<PreflightTask, 'machine'>): string | undefined {
  return machine.binding ? machineIdentity(machine.text) : undefined
}
