// What stands in the place of node:fs: the calls that certlet and client-node's kubeconfig make, on the disk of the machine at work.
import { constants, type Dirent, type Stats } from 'node:fs'
import {
  contentOf,
  errno,
  type File,
  find,
  isSafe,
  type Folder,
  type Inode,
  newFile,
  newFolder,
  newLink,
  rename,
  sync,
} from '../machine/disk.ts'
import type { Need } from '../machine/machine.ts'
import { currentProcess } from '../machine/process.ts'

export { constants }

const UID = 0

/** Every call passes here: the process may be dead, or die now; the disk may be slow, full, read-only or broken. */
function call(name: string, path: string, need: Need = 'nothing'): Folder {
  const process = currentProcess()
  process.machine.systemCall(process, { name, path, need })
  return process.machine.disk.root
}

/** What changes on a disk is seen by all who look. */
function changed(path: string): void {
  const { machine } = currentProcess()
  machine.diskChanged(path)
}

const now = (): number => currentProcess().machine.wall()

function at(root: Folder, path: string, follow: boolean): Inode {
  const { inode } = find(root, path, { follow })
  if (!inode) throw errno('ENOENT', path)
  return inode
}

export function openSync(path: string, flags: number, mode = 0o666): number {
  const creates = (flags & constants.O_CREAT) !== 0
  const root = call('open', path, creates ? 'room' : 'nothing')
  const { folder, name, inode: found } = find(root, path, { follow: (flags & constants.O_NOFOLLOW) === 0 })
  if (found?.kind === 'link') throw errno('ELOOP', path)
  if (found && creates && (flags & constants.O_EXCL) !== 0) throw errno('EEXIST', path)
  if (!found && !creates) throw errno('ENOENT', path)
  if ((flags & constants.O_DIRECTORY) !== 0 && found?.kind !== 'folder') throw errno('ENOTDIR', path)
  const { machine, files } = currentProcess()
  const inode = found ?? newFile(mode & ~machine.umask, now())
  if (!found) {
    rename(folder, [[name, inode]])
    changed(path)
  }
  const fd = 3 + machine.nextDescriptor++
  files.set(fd, { inode, path })
  return fd
}

function opened(fd: number): { inode: Inode; path: string } {
  const file = currentProcess().files.get(fd)
  if (!file) throw errno('EBADF', String(fd))
  return file as { inode: Inode; path: string }
}

export function closeSync(fd: number): void {
  currentProcess().files.delete(fd)
}

export function fstatSync(fd: number): Stats {
  const { inode, path } = opened(fd)
  call('fstat', path)
  return stats(inode)
}

export function fchmodSync(fd: number, mode: number): void {
  const { inode, path } = opened(fd)
  call('fchmod', path, 'write')
  inode.mode = mode
  changed(path)
}

export function fchownSync(fd: number): void {
  call('fchown', opened(fd).path, 'write')
}

export function fsyncSync(fd: number): void {
  const { inode, path } = opened(fd)
  call('fsync', path, 'sync')
  if (isSafe(inode)) return
  sync(inode)
  changed(path)
}

export function writeFileSync(file: number | string, content: string): void {
  if (typeof file === 'string') throw new Error('certlet writes no file by its path')
  const { inode, path } = opened(file)
  if (inode.kind !== 'file') throw errno('EISDIR', path)
  try {
    call('write', path, 'room')
  } catch (error) {
    // A disk that is full takes the beginning.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      inode.content = content.slice(0, content.length / 2)
      changed(path)
    }
    throw error
  }
  inode.content = content
  inode.mtimeMs = now()
  changed(path)
}

export function readFileSync(file: number | string, encoding: 'utf8'): string
export function readFileSync(file: number | string): Buffer
export function readFileSync(file: number | string, encoding?: 'utf8'): string | Buffer {
  const path = typeof file === 'number' ? opened(file).path : file
  const root = call('read', path)
  const inode = typeof file === 'number' ? opened(file).inode : at(root, file, true)
  if (inode.kind !== 'file') throw errno('EISDIR', path)
  return encoding === undefined ? Buffer.from(inode.content) : inode.content
}

interface StatOptions {
  readonly throwIfNoEntry?: boolean
}

export const statSync = (path: string, options?: StatOptions): Stats | undefined => look('stat', path, true, options)
export const lstatSync = (path: string, options?: StatOptions): Stats | undefined => look('lstat', path, false, options)

function look(name: string, path: string, follow: boolean, { throwIfNoEntry = true }: StatOptions = {}) {
  const root = call(name, path)
  try {
    const { inode } = find(root, path, { follow })
    if (inode) return stats(inode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  if (throwIfNoEntry) throw errno('ENOENT', path)
  return undefined
}

function stats(inode: Inode): Stats {
  const { kind, mode, mtimeMs, id } = inode
  const part = {
    ...{ mode, mtimeMs, ino: id, uid: UID, gid: UID },
    size: kind === 'file' ? Buffer.byteLength(inode.content) : 0,
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'folder',
    isSymbolicLink: () => kind === 'link',
  }
  return part as Stats
}

export function accessSync(path: string): void {
  at(call('access', path), path, true)
}

export function existsSync(path: string): boolean {
  return look('access', path, true, { throwIfNoEntry: false }) !== undefined
}

export function mkdirSync(path: string, { mode = 0o777 }: { mode?: number } = {}): void {
  const { folder, name, inode } = find(call('mkdir', path, 'room'), path, { follow: false })
  if (inode) throw errno('EEXIST', path)
  rename(folder, [[name, newFolder(mode & ~currentProcess().machine.umask, now())]])
  changed(path)
}

export function readdirSync(path: string, { withFileTypes = false } = {}): (string | Dirent)[] {
  const folder = at(call('readdir', path), path, true)
  if (folder.kind !== 'folder') throw errno('ENOTDIR', path)
  return [...folder.names].map(([name, { kind }]) =>
    withFileTypes ? ({ name, isFile: () => kind === 'file' } as Dirent) : name,
  )
}

export function renameSync(from: string, to: string): void {
  const root = call('rename', to, 'room')
  const source = find(root, from, { follow: false })
  const target = find(root, to, { follow: false })
  if (!source.inode) throw errno('ENOENT', from)
  if (source.folder !== target.folder) throw new Error('certlet renames within a folder')
  rename(source.folder, [
    [target.name, source.inode],
    [source.name, undefined],
  ])
  changed(to)
}

export function symlinkSync(target: string, path: string): void {
  const { folder, name, inode } = find(call('symlink', path, 'room'), path, { follow: false })
  if (inode) throw errno('EEXIST', path)
  rename(folder, [[name, newLink(target, now())]])
  changed(path)
}

export function unlinkSync(path: string): void {
  const { folder, name, inode } = find(call('unlink', path, 'write'), path, { follow: false })
  if (!inode) throw errno('ENOENT', path)
  rename(folder, [[name, undefined]])
  changed(path)
}

export function rmSync(path: string, { force = false } = {}): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!force || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

export function readlinkSync(path: string): string {
  const inode = at(call('readlink', path), path, false)
  if (inode.kind !== 'link') throw errno('EINVAL', path)
  return inode.target
}

/** Only the last part of a path of certlet's is ever a link. */
export function realpathSync(path: string): string {
  const root = call('realpath', path)
  at(root, path, true)
  const inode = at(root, path, false)
  return inode.kind === 'link' ? inode.target : path
}

/** Tells of changes in a folder; a moment later, as inotify does. */
export function watch(path: string, _options: unknown, listener: (event: string, name: string) => void): object {
  const process = currentProcess()
  const root = call('watch', path)
  if (!process.machine.watchable) throw errno('ENOSPC', path)
  at(root, path, true)
  const end = process.machine.watch(process, path, (name) => {
    listener('rename', name)
  })
  return { on: () => undefined, close: end }
}

/** For the faces' own use: what a reader finds. */
export const peek = (path: string): string | undefined => contentOf(currentProcess().machine.disk, path)
export type { File }

export default {
  ...{ constants, openSync, closeSync, readFileSync, statSync, lstatSync, existsSync, accessSync },
}
