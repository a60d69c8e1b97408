import type { Random } from '../random.ts'

/**
 * The model of a disk. A file's content is safe once it is synced; a name in a folder (made, replaced, removed) is safe once the folder is
 * synced. What is not safe may survive a power cut or not: unsynced content as it was, as it is, cut short, or empty; unsynced names by
 * the first few, or any of them, each rename as a whole. A process that is killed loses nothing.
 */
export interface Disk {
  /** Counts every change of content or names. */
  readonly version: number
  readonly root: Folder
  /** Loses what is not safe. */
  powerCut(random: Random): void
  /** The same disk, in another machine. */
  copy(): Disk
  touched(): void
}

export type Inode = File | Folder | Link

interface Common {
  readonly id: number
  mode: number
  mtimeMs: number
}

export interface File extends Common {
  readonly kind: 'file'
  content: string
  /** What a power cut leaves in any case; undefined: nothing was ever synced. */
  safe: string | undefined
}

export interface Link extends Common {
  readonly kind: 'link'
  readonly target: string
}

export interface Folder extends Common {
  readonly kind: 'folder'
  names: Map<string, Inode>
  /** As they were at the last sync. */
  safe: Map<string, Inode>
  /** What was done to them since, one step after the other. */
  since: (readonly (readonly [name: string, inode: Inode | undefined])[])[]
}

let ids = 1

export function newFile(mode: number, now: number): File {
  return { kind: 'file', id: ids++, mode, mtimeMs: now, content: '', safe: undefined }
}

export function newLink(target: string, now: number): Link {
  return { kind: 'link', id: ids++, mode: 0o777, mtimeMs: now, target }
}

export function newFolder(mode: number, now: number): Folder {
  return { kind: 'folder', id: ids++, mode, mtimeMs: now, names: new Map(), safe: new Map(), since: [] }
}

/** Changes names of one folder in one step. */
export function rename(folder: Folder, step: Folder['since'][number]): void {
  for (const [name, inode] of step) {
    if (inode) folder.names.set(name, inode)
    else folder.names.delete(name)
  }
  folder.since.push(step)
}

/** Whether there is nothing that a power cut could take. */
export function isSafe(inode: Inode): boolean {
  return inode.kind === 'file' ? inode.safe === inode.content : inode.kind === 'link' || inode.since.length === 0
}

export function sync(inode: Inode): void {
  if (inode.kind === 'file') inode.safe = inode.content
  if (inode.kind === 'folder') {
    inode.safe = new Map(inode.names)
    inode.since = []
  }
}

export function createDisk(root = newFolder(0o755, 0)): Disk {
  const disk = {
    version: 0,
    root,
    touched: () => {
      disk.version++
    },
    powerCut: (random: Random) => {
      cutFolder(root, random)
      disk.version++
    },
    copy: () => createDisk(copyOf(root, new Map()) as Folder),
  }
  return disk
}

function cutFolder(folder: Folder, random: Random): void {
  const how = random.pick(['none', 'first', 'any'] as const)
  const first = random.whole(0, folder.since.length)
  const kept = folder.since.filter((_step, index) =>
    how === 'none' ? false : how === 'first' ? index < first : random.chance(0.5),
  )
  folder.names = new Map(folder.safe)
  folder.since = []
  for (const step of kept) rename(folder, step)
  for (const inode of folder.names.values()) {
    if (inode.kind === 'folder') cutFolder(inode, random)
    if (inode.kind === 'file') cutFile(inode, random)
  }
  sync(folder)
}

function cutFile(file: File, random: Random): void {
  if (file.content !== file.safe) {
    const cut = file.content.slice(0, random.whole(0, file.content.length))
    file.content = random.pick([file.safe ?? '', '', cut, file.content])
  }
  sync(file)
}

function copyOf(inode: Inode, known: Map<Inode, Inode>): Inode {
  const before = known.get(inode)
  if (before) return before
  if (inode.kind !== 'folder') {
    const copy = { ...inode }
    known.set(inode, copy)
    return copy
  }
  const names = new Map([...inode.names].map(([name, one]) => [name, copyOf(one, known)]))
  return { ...inode, names, safe: new Map(names), since: [] }
}

/** A place on a disk: the folder that a path's last part stands in, and what stands there. */
export interface Place {
  readonly folder: Folder
  readonly name: string
  readonly inode: Inode | undefined
}

/** How a view of the disk sees names and contents: as they are, or as they would be after the worst of power cuts. */
export type View = 'now' | 'safe'

/** @throws Error with a code: ENOENT, ENOTDIR, ELOOP. */
export function find(root: Folder, path: string, { follow, view = 'now' }: { follow: boolean; view?: View }): Place {
  let at = path
  for (let links = 0; links < 8; links++) {
    const place = walk(root, at, view)
    if (!follow || place.inode?.kind !== 'link') return place
    at = place.inode.target
  }
  throw errno('ELOOP', path)
}

/** The same few paths, over and over. */
const split = new Map<string, { readonly parts: readonly string[]; readonly name: string }>()

function partsOf(path: string): { readonly parts: readonly string[]; readonly name: string } {
  const known = split.get(path)
  if (known) return known
  const parts = path.split('/')
  const name = parts.pop() ?? ''
  const made = { parts: parts.filter((part) => part !== ''), name }
  if (split.size > 10_000) split.clear()
  split.set(path, made)
  return made
}

function walk(root: Folder, path: string, view: View): Place {
  const { parts, name } = partsOf(path)
  let folder = root
  for (const part of parts) {
    const next: Inode | undefined = (view === 'now' ? folder.names : folder.safe).get(part)
    if (next === undefined) throw errno('ENOENT', path)
    if (next.kind !== 'folder') throw errno('ENOTDIR', path)
    folder = next
  }
  if (name === '') return { folder, name, inode: folder }
  return { folder, name, inode: (view === 'now' ? folder.names : folder.safe).get(name) }
}

/** The content of a file, links followed; undefined where there is none. */
export function contentOf(disk: Disk, path: string, view: View = 'now'): string | undefined {
  try {
    const { inode } = find(disk.root, path, { follow: true, view })
    if (inode?.kind !== 'file') return undefined
    return view === 'now' ? inode.content : inode.safe
  } catch {
    return undefined
  }
}

/** An error of the system's. */
export function errno(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the simulation says so, '${path}'`), { code, path })
}
