import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from 'node:fs'
import { attempt, diskError, foreign, systemCode } from './disk-error.ts'

/**
 * Reads a regular file of ours or root's, following no link in the last part of the path and never waiting (as on a FIFO).
 * @returns undefined if there is none.
 * @throws CertletError DISK_FOREIGN for a link, anything else than a file, or a file of another user; another DISK_ code if the disk
 * refuses.
 */
export function readOwnFile(path: string, uid: number): { text: string; mode: number } | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw diskError('read', path, error)
  }
  return attempt('read', path, () => {
    try {
      const found = fstatSync(fd)
      if (!found.isFile()) throw foreign('read', path, 'it is not a file')
      if (found.uid !== uid && found.uid !== 0) throw foreign('read', path, `it belongs to user ${found.uid}`)
      return { text: readFileSync(fd, 'utf8'), mode: found.mode & 0o7777 }
    } finally {
      closeSync(fd)
    }
  })
}

/**
 * Where a symbolic link points, as it is written in it.
 * @returns undefined if there is none.
 * @throws CertletError DISK_FOREIGN if something else stands there, another DISK_ code if the disk refuses.
 */
export function readLink(path: string): string | undefined {
  return attempt('read link', path, () => {
    try {
      return readlinkSync(path)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      if (systemCode(error) === 'EINVAL') throw foreign('read link', path, 'expected a symbolic link but found none')
      throw error
    }
  })
}
