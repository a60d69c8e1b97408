import { realpathSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { CertletError } from '../errors.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { Log } from '../log.ts'
import { attempt } from '../store/disk-error.ts'
import { removeFile, syncDirectory } from '../store/replace-file.ts'

/**
 * The files that hold the token and go once it is no longer needed: the bootstrap kubeconfig if it is a plain file (standard input and
 * systemd's read-only credentials leave nothing behind), and a token file that it names.
 */
export function removableFiles({ source, credential }: BootstrapKubeconfig): string[] {
  return [
    ...(credential.tokenFile !== undefined ? [credential.tokenFile] : []),
    ...(source.kind === 'file' ? [source.path] : []), // last: as long as it is there, a next run comes back to the token file
  ]
}

/**
 * Removes them, once what takes their place is durable: a kubeconfig of a run that was killed may not be yet. On a read-only file system
 * that is not ours to change, the token is left and said so.
 * @returns the paths that are gone.
 * @throws CertletError of the store, except DISK_READ_ONLY.
 */
export function removeBootstrapFiles(
  paths: readonly string[],
  { kubeconfigPath, log }: { kubeconfigPath: string; log: Log },
): string[] {
  if (paths.length > 0)
    attempt('sync', kubeconfigPath, () => {
      syncDirectory(dirname(kubeconfigPath))
    })
  return paths.filter((path) => {
    try {
      attempt('remove', path, () => {
        const file = realpathSync(path) // what holds the token is what a link points at
        removeFile(file)
        if (file !== path) unlinkSync(path)
      })
    } catch (error) {
      if (!(error instanceof CertletError) || error.code !== 'DISK_READ_ONLY') throw error
      log.warn('a file with the token in it is on a read-only file system and stays', { path })
      return false
    }
    log.info('removed, as the token is no longer needed', { path })
    return true
  })
}
