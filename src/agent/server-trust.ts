import { type ApiServer, sameServer } from '../kubeconfig/api-server.ts'
import type { ClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import { writeKubeconfig } from './client-steps.ts'
import type { Usable } from './judge.ts'
import type { LoopParts } from './loop-parts.ts'
import { refreshCa } from './refresh-ca.ts'
import type { Task } from './task.ts'

/** Server and CA that the kubeconfig names, as they change over the years. */
export interface ServerTrust {
  /** Whether somebody else has changed them since the last look, in the kubeconfig or in a CA file that it names. What comes next goes by them. */
  changedByOthers(file: ClientKubeconfig): Promise<boolean>
  /** The kubeconfig was written by us. */
  written(): void
  /** Takes the CA that the cluster publishes into the kubeconfig, if told to. Why it cannot is said once. */
  refresh(task: Task, file: ClientKubeconfig, credential: Usable): Promise<void>
}

export function serverTrust({
  settings: { refreshCa: publication, kubeconfigPath },
  context: { log, signal },
  own,
}: Pick<LoopParts, 'settings' | 'context' | 'own'>): ServerTrust {
  let named: ApiServer | undefined
  let saidLast = ''
  const written = (): void => {
    named = undefined
  }
  return {
    changedByOthers: async (file) => {
      if (file.kind !== 'readable') return false
      const changed = named !== undefined && !sameServer(named, file.server)
      if (changed) {
        await own.refresh(signal)
        log.info('the kubeconfig leads to another server, or trusts another CA', { path: kubeconfigPath })
      }
      named = file.server
      return changed
    },
    written,
    refresh: async (task, file, credential) => {
      if (!publication || file.kind !== 'readable') return
      const parts = { publication, server: file.server, credential, connection: own.get() }
      const refreshed = await refreshCa(task, parts)
      const why = refreshed.kind === 'failed' ? refreshed.why : ''
      if (why !== '' && why !== saidLast) log.warn(why)
      saidLast = why
      if (refreshed.kind !== 'changed') return
      log.info('the CA that the cluster publishes is taken into the kubeconfig')
      writeKubeconfig(task, refreshed.server)
      written()
    },
  }
}
