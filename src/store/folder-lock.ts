import { closeSync, constants, fchmodSync, lstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { CertletError } from '../errors.ts'
import { attempt, diskError, foreign, systemCode } from './disk-error.ts'
import { requireSafeFolder } from './safe-folder.ts'

/** A held lock; `using lock = await lockFolder(…)` gives it back at the end of the block. */
export interface FolderLock extends Disposable {
  release(): void
}

const NAME = 'certlet.lock'

/**
 * Takes the one lock of a folder. It is a lock of the kernel's, on the empty file `certlet.lock`: it ends with the process however
 * that ends, and leaves nothing to clean up. Why SQLite takes it: docs/decisions/0002-folder-lock.md.
 * @throws CertletError LOCKED if another process holds it, DISK_FOREIGN if the file is not ours to use, another DISK_ code if the
 * disk refuses.
 */
export async function lockFolder(directory: string): Promise<FolderLock> {
  const path = join(directory, NAME)
  createEmpty(path)
  // Loaded only here: some Node lines print a warning when they load it.
  const { DatabaseSync } = await import('node:sqlite')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE') // a journal on disk would be a second file to be left over
  } catch (error) {
    database?.close()
    throw lockError(path, error)
  }
  const held = database
  const release = (): void => {
    if (held.isOpen) held.close()
  }
  return { release, [Symbol.dispose]: release }
}

/**
 * Whether another process holds the lock. It is taken for a moment to find out; where there is no lock file, nothing is made.
 * @throws as lockFolder, but not LOCKED.
 */
export async function folderIsLocked(directory: string): Promise<boolean> {
  const path = join(directory, NAME)
  if (!attempt('look at', path, () => lstatSync(path, { throwIfNoEntry: false }))) return false
  try {
    using _lock = await lockFolder(directory)
    return false
  } catch (error) {
    if (error instanceof CertletError && error.code === 'LOCKED') return true
    throw error
  }
}

/**
 * An existing file is not opened: closing any descriptor of a file drops all locks that the process has on it (POSIX), those of an
 * earlier call included.
 */
function createEmpty(path: string): void {
  try {
    requireSafeFolder('lock', path)
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found && !found.isFile()) throw foreign('lock', path, 'it is not a file')
    if (found && found.size > 0) throw foreign('lock', path, 'it is not empty, so it is not a lock of certlet')
    if (found) return
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
    try {
      fchmodSync(fd, 0o600)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw diskError('lock', path, error)
  }
}

/** SQLite's result codes. Source: https://www.sqlite.org/rescode.html */
const SQLITE = { BUSY: 5, READONLY: 8, CANTOPEN: 14 }

function lockError(path: string, cause: unknown): CertletError {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
  const cannot = `Cannot lock ${JSON.stringify(path)}`
  switch (code) {
    case SQLITE.BUSY:
      return new CertletError('LOCKED', `${cannot}: another certlet works on this folder`, { cause })
    case SQLITE.READONLY:
    case SQLITE.CANTOPEN:
      return new CertletError('DISK_NOT_WRITABLE', `${cannot}: the file cannot be opened for writing`, { cause })
    default:
      return diskError('lock', path, cause)
  }
}
