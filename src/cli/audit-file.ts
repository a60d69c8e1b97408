import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { CertletError } from '../errors.ts'
import type { AuditEvent } from '../lab/index.ts'

/** A file that audit events are appended to; after its end they are dropped. */
export interface AuditFile extends Disposable {
  readonly write: (event: AuditEvent) => void
}

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT

/** /dev/stdout is a link of the system's; any other may be of somebody who wants another file written to. */
const DEVICES = /^\/(dev|proc)\//

/**
 * Opens an audit file, one JSON object a line; what is in it stays.
 * @param path - made with 0600 when missing; undefined for none.
 * @throws CertletError USAGE if it cannot be opened
 */
export function auditFile(path: string | undefined): AuditFile | undefined {
  if (path === undefined) return undefined
  let fd: number
  try {
    fd = openSync(path, FLAGS | (DEVICES.test(path) ? 0 : constants.O_NOFOLLOW), 0o600)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    throw new CertletError('USAGE', `Cannot write --audit-log "${path}" (${code})`, { cause: error })
  }
  if (fstatSync(fd).nlink > 1) {
    closeSync(fd)
    throw new CertletError(
      'USAGE',
      `Cannot write --audit-log "${path}": the file has another name as well (a hard link)`,
    )
  }
  let open = true
  return {
    write: (event) => {
      if (open) writeSync(fd, JSON.stringify(event) + '\n')
    },
    [Symbol.dispose]: () => {
      open = false
      closeSync(fd)
    },
  }
}
