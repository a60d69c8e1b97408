import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CertletError } from '../../errors.ts'
import { diskError, foreign } from '../../store/disk-error.ts'
import { failedBy, type Finding, ok, type Repair, warn, worstOf } from '../finding.ts'

/** A folder that is written to. */
export interface Folder {
  readonly path: string
  /** Mode with which it is made where it is not there. */
  readonly mode: number
}

/** Others who may write into a folder can put their files in the place of ours. */
const OTHERS_WRITE = 0o022

/** Whether the folders are there, or can be made, and only we write into them. Nothing is written. */
export function foldersFinding(folders: readonly Folder[], uid: number): Finding {
  const findings = folders.map((folder) => folderFinding(folder, uid))
  const worst = worstOf(findings)
  if (worst && worst.verdict !== 'ok') {
    return { ...worst, repairs: findings.flatMap(({ repairs = [] }) => repairs) }
  }
  return ok(
    'folders',
    findings.map(({ seen }) => seen).join('; '),
    findings.flatMap(({ repairs = [] }) => repairs),
  )
}

function folderFinding({ path, mode }: Folder, uid: number): Finding {
  const name = 'folders'
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) {
      writable(nearestAbove(path))
      return ok(name, `"${path}" is not there yet, and can be made`, [{ do: 'make-directory', path, mode }])
    }
    if (!found.isDirectory()) throw foreign('use', path, 'it is not a folder')
    writable(path)
    return ownFinding(path, found, uid)
  } catch (error) {
    return failedBy(name, error instanceof CertletError ? error : diskError('write into', path, error))
  }
}

function ownFinding(path: string, found: Stats, uid: number): Finding {
  const mode = found.mode & 0o7777
  if (found.uid !== uid && found.uid !== 0) {
    return warn(
      'folders',
      `"${path}" belongs to user ${found.uid}, who can put other files in the place of the keys`,
      `chown ${uid} ${path}, or choose another folder`,
    )
  }
  const sticky = (mode & 0o1000) !== 0
  if ((mode & OTHERS_WRITE) === 0 || sticky) return ok('folders', `"${path}" can be written to`)
  const repairs: Repair[] = found.uid === uid ? [{ do: 'narrow-mode', path, mode: mode & ~OTHERS_WRITE }] : []
  return warn(
    'folders',
    `others can write into "${path}" (mode 0${mode.toString(8)}), and put other files in the place of the keys`,
    `chmod go-w ${path}, or let --fix do it`,
    repairs,
  )
}

/** The nearest folder above that is there. */
export function nearestAbove(path: string): string {
  const above = dirname(path)
  return above === path || statSync(above, { throwIfNoEntry: false }) ? above : nearestAbove(above)
}

/** @throws Error of the system: EROFS also for root. Source: access(2). */
function writable(path: string): void {
  if (!statSync(path).isDirectory()) throw foreign('make a folder in', path, 'it is not a folder')
  accessSync(path, constants.W_OK | constants.X_OK)
}
