import { CertletError, type FailureCode } from '../errors.ts'

/** What the system's error codes mean to the operator. */
const meanings: Record<string, { code: FailureCode; text: string }> = {
  ENOSPC: { code: 'DISK_FULL', text: 'no space left on the file system' },
  EDQUOT: { code: 'DISK_FULL', text: 'disk quota exceeded' },
  EROFS: { code: 'DISK_READ_ONLY', text: 'file system is read-only' },
  EACCES: { code: 'DISK_NOT_WRITABLE', text: 'permission denied' },
  EPERM: { code: 'DISK_NOT_WRITABLE', text: 'operation not permitted' },
  ELOOP: { code: 'DISK_FOREIGN', text: 'it is a symbolic link' },
  ENOTDIR: { code: 'DISK_FOREIGN', text: 'a part of the path is not a directory' },
}

/** The error code of a failed system call, such as `ENOENT`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * The error of a failed system call, translated. An error of ours is handed back as it is.
 * @param action - what was attempted, such as `write`.
 */
export function diskError(action: string, path: string, cause: unknown): CertletError {
  if (cause instanceof CertletError) return cause
  const systemsName = systemCode(cause)
  const { code, text } = meanings[systemsName ?? ''] ?? { code: 'DISK_ERROR', text: systemsName ?? String(cause) }
  return new CertletError(code, `Cannot ${action} ${JSON.stringify(path)}: ${text}`, { cause })
}

/** Something at `path` that certlet will not touch. */
export function foreign(action: string, path: string, found: string): CertletError {
  return new CertletError('DISK_FOREIGN', `Cannot ${action} ${JSON.stringify(path)}: ${found}`)
}

/** Runs `act`; what fails in it is thrown as a DISK_ error that names `action` and `path`. */
export function attempt<T>(action: string, path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw diskError(action, path, error)
  }
}
