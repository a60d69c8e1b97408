import { closeSync, openSync, writeSync } from 'node:fs'
import { CertletError } from '../errors.ts'
import type { AuditEvent } from '../lab/index.ts'

/** A file that audit events are appended to; after its end they are dropped. */
export interface AuditFile extends Disposable {
  readonly write: (event: AuditEvent) => void
}

/**
 * Opens an audit file, one JSON object a line; what is in it stays.
 * @param path - made with 0600 when missing; undefined for none.
 * @throws CertletError USAGE if it cannot be opened
 */
export function auditFile(path: string | undefined): AuditFile | undefined {
  if (path === undefined) return undefined
  let fd: number
  try {
    fd = openSync(path, 'a', 0o600)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    throw new CertletError('USAGE', `Cannot write --audit-log "${path}" (${code})`, { cause: error })
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
