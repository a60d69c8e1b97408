import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { attempt, foreign } from './disk-error.ts'
import { requireSafeFolder } from './safe-folder.ts'

/** Drafts end so; nothing of the kubelet's does. */
const DRAFT = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.draft$/

/** User and group of a file, by number. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Replaces `path`; a reader sees the whole old content or the whole new one, even after a power cut.
 * @param mode - of the file, whatever the umask.
 * @param owner - whose the file is to be, this process's unless set; a file of that user may stand there, too.
 * @throws CertletError DISK_FOREIGN if a link, something else than a file, or a file of another user (but root) stands there, or if its
 * folder is not safe (see requireSafeFolder);
 * another DISK_ code if the disk refuses. What stood there is then untouched, and no draft is left.
 */
export function replaceFile(path: string, content: string, mode: number, owner?: Owner): void {
  writeOver(path, content, { mode, owner, durable: true })
}

/**
 * As replaceFile, without waiting for the disk: for what is written anew at each start. A reader sees the whole old content or the whole
 * new one; after a power cut the file may be empty.
 */
export function replacePassingFile(path: string, content: string, mode: number): void {
  writeOver(path, content, { mode, owner: undefined, durable: false })
}

interface Writing {
  readonly mode: number
  readonly owner: Owner | undefined
  readonly durable: boolean
}

function writeOver(path: string, content: string, { mode, owner, durable }: Writing): void {
  const write = (draft: string): void => {
    const fd = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode)
    try {
      const { uid, gid } = fstatSync(fd)
      const accepted = owner ? [uid, owner.uid] : [uid]
      refuseForeign('write', path, accepted, (found) => (found.isFile() ? undefined : describe(found)))
      // A sandbox may forbid the call even where it would change nothing.
      if (owner && (owner.uid !== uid || owner.gid !== gid)) fchownSync(fd, owner.uid, owner.gid)
      fchmodSync(fd, mode)
      writeFileSync(fd, content)
      if (durable) fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }
  replace('write', path, write, { durable, owner })
}

/**
 * Makes `path` a symbolic link to `target`, replacing the link that stands there; at no moment is there none.
 * @throws as replaceFile; DISK_FOREIGN if something else than a link stands there.
 */
export function replaceLink(path: string, target: string): void {
  replace('switch', path, (draft) => {
    symlinkSync(target, draft)
    const { uid } = lstatSync(draft)
    refuseForeign('switch', path, [uid], (found) =>
      found.isSymbolicLink() ? undefined : `expected a symbolic link but found ${describe(found)}`,
    )
  })
}

/**
 * Removes a file, for good even after a power cut; nothing there is no error. The owner is not looked at: what is removed is never
 * used, and a bootstrap kubeconfig may be anybody's.
 * @throws CertletError DISK_FOREIGN for a link or anything else than a file, another DISK_ code if the disk refuses.
 */
export function removeFile(path: string): void {
  attempt('remove', path, () => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (!found) return
    if (!found.isFile()) throw foreign('remove', path, `expected a file but found ${describe(found)}`)
    unlinkSync(path)
    syncDirectory(dirname(path))
  })
}

/**
 * Makes the name of a directory that is there durable: a run that made it may have been killed before it was, and all that is written
 * into it would be lost with it. What stands above may be nobody's to open: then we have not made it either.
 */
function secureName(path: string): void {
  try {
    syncDirectory(dirname(path))
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/**
 * Makes a directory with `mode`, whatever the umask, and the missing ones above it with 0755. One that is there stays as it is,
 * and its name is durable afterwards.
 * @throws CertletError DISK_FOREIGN if something else stands there, another DISK_ code if the disk refuses.
 */
export function makeDirectory(path: string, mode: number): void {
  attempt('make directory', path, () => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) {
      secureName(path)
      return
    }
    if (found) throw foreign('make directory', path, `found ${describe(found)} there`)
    requireSafeFolder('make directory', path)
    if (dirname(path) !== path) makeDirectory(dirname(path), 0o755)
    mkdirSync(path, { mode })
    const finish = (fd: number): void => {
      fchmodSync(fd, mode)
      fsyncSync(fd)
    }
    withDescriptor(path, finish, constants.O_NOFOLLOW) // what was made just now is no link
    syncDirectory(dirname(path))
  })
}

/**
 * Removes the drafts that a killed process left in `directory`. Only for one who holds the folder's lock: a draft looks the same
 * while it is being written.
 * @param prefix - only drafts of files whose names start so.
 */
export function removeDrafts(directory: string, prefix: string): string[] {
  const drafts = readdirSync(directory).filter((name) => name.startsWith(prefix) && DRAFT.test(name))
  for (const name of drafts) rmSync(join(directory, name), { force: true })
  return drafts
}

/**
 * Removes the drafts of one file that a killed process left beside it. As removeDrafts, only for the one that writes this file.
 * @param owner - as that of replaceFile.
 * @returns their paths; none where there is no such folder.
 * @throws CertletError DISK_FOREIGN if the folder is not safe (see requireSafeFolder), another DISK_ code if the disk refuses.
 */
export function removeDraftsOf(path: string, owner?: Owner): string[] {
  const folder = dirname(path)
  return attempt('clean', folder, () => {
    requireSafeFolder('clean up after', path, owner?.uid)
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
    return removeDrafts(folder, `${basename(path)}.`).map((name) => join(folder, name))
  })
}

/** Refuses what stands at `path` if `expected` names a fault in it, or if its owner is neither one of `uids` nor root. */
function refuseForeign(
  action: string,
  path: string,
  uids: readonly number[],
  expected: (found: Stats) => string | undefined,
): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  const fault = expected(found)
  if (fault !== undefined) throw foreign(action, path, fault)
  if (!uids.includes(found.uid) && found.uid !== 0) throw foreign(action, path, `it belongs to user ${found.uid}`)
}

/** Lets `make` create a draft beside `path`, then renames it over `path`; the draft does not outlive a failure. */
function replace(
  action: string,
  path: string,
  make: (draft: string) => void,
  { durable, owner }: Omit<Writing, 'mode'> = { durable: true, owner: undefined },
): void {
  attempt(action, path, () => {
    requireSafeFolder(action, path, owner?.uid)
    const draft = `${path}.${randomUUID()}.draft` // in the same directory, so that rename stays atomic
    try {
      make(draft)
      renameSync(draft, path)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
    if (durable) syncDirectory(dirname(path))
  })
}

/** Makes renames and removals in a directory durable. */
export function syncDirectory(path: string): void {
  withDescriptor(path, fsyncSync)
}

function withDescriptor(directory: string, use: (fd: number) => void, more = 0): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | more)
  try {
    use(fd)
  } finally {
    closeSync(fd)
  }
}

function describe(found: Stats): string {
  if (found.isFile()) return 'a file'
  if (found.isSymbolicLink()) return 'a symbolic link'
  return found.isDirectory() ? 'a directory' : 'neither file nor link'
}
