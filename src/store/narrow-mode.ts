import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs'
import { attempt, foreign } from './disk-error.ts'

/**
 * Takes rights on a file or folder of ours away; never gives any, and follows no link.
 * @param mode - the most that may be left.
 * @throws CertletError DISK_FOREIGN if it is another user's, another DISK_ code if the disk refuses.
 */
export function narrowMode(path: string, mode: number, uid: number): void {
  attempt('change the mode of', path, () => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = fstatSync(fd)
      if (!found.isFile() && !found.isDirectory()) throw foreign('change the mode of', path, 'it is not a file')
      if (found.uid !== uid) throw foreign('change the mode of', path, `it belongs to user ${found.uid}`)
      fchmodSync(fd, found.mode & 0o7777 & mode)
    } finally {
      closeSync(fd)
    }
  })
}
