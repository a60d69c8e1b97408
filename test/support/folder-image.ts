import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** What stands at a path. */
export type Entry =
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'file'; readonly mode: number; readonly content: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other' }

/** All that stands in a folder, by path in it, those above before those below. */
export type FolderImage = ReadonlyMap<string, Entry>

/** Sockets and the like are `other`. */
export function imageOf(folder: string): FolderImage {
  const names = readdirSync(folder, { recursive: true }).map(String).sort()
  return new Map(names.map((name) => [name, entryAt(join(folder, name))]))
}

function entryAt(path: string): Entry {
  const found = lstatSync(path)
  const mode = found.mode & 0o7777
  if (found.isDirectory()) return { kind: 'folder', mode }
  if (found.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) }
  return found.isFile() ? { kind: 'file', mode, content: readFileSync(path, 'latin1') } : { kind: 'other' }
}

/** Makes a folder hold just that. */
export function makeFolder(folder: string, image: FolderImage): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [name, entry] of [...image].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const path = join(folder, name)
    if (entry.kind === 'folder') mkdirSync(path)
    if (entry.kind === 'link') symlinkSync(entry.target, path)
    if (entry.kind === 'file') writeFileSync(path, entry.content, 'latin1')
    if (entry.kind === 'folder' || entry.kind === 'file') chmodSync(path, entry.mode)
  }
}

const DRAFT = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.draft/
const DATE = /-\d{4}(-\d\d){5}\.pem/

/** A path without what differs from one run to the next. */
export function generalName(path: string): string {
  return path.replace(DRAFT, '.DRAFT').replace(DATE, '-DATE.pem')
}
