import { join } from 'node:path'
import { CertletError } from '../errors.ts'
import type { Log } from '../log.ts'
import { KEY_BINDINGS } from '../store/key-bindings.ts'
import { removeDraftsOf } from '../store/replace-file.ts'
import type { AgentSettings } from './settings.ts'

/**
 * Discards what a process that was killed had begun to write beside the stores, which see to their own: kubeconfig, key bindings, and the
 * bootstrap kubeconfig of a join, with the token in it. For the holder of the folder's lock. What cannot be removed is said, and holds up
 * nothing: nobody reads it.
 */
export function discardDrafts(
  { certDir, kubeconfigPath, source }: Pick<AgentSettings, 'certDir' | 'kubeconfigPath' | 'source'>,
  log: Log,
): void {
  const paths = [join(certDir, KEY_BINDINGS), kubeconfigPath, ...(source.kind === 'file' ? [source.path] : [])]
  for (const path of paths) {
    try {
      const files = removeDraftsOf(path)
      if (files.length > 0) log.info('removed drafts of a process that was killed', { files })
    } catch (error) {
      if (!(error instanceof CertletError)) throw error
      if (error.code === 'DISK_FOREIGN') continue // where we do not write, nothing of ours is left
      log.warn('drafts of a process that was killed may be left', { path, reason: error.message })
    }
  }
}
