import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { systemCode } from '../store/disk-error.ts'
import { besidePki } from './known-files.ts'

/** What stands at a path: a file with its text, or in words why nothing was read. */
export type FoundFile = {
  readonly path: string
  /** Whether the path itself was asked for, rather than a folder that it is in. */
  readonly named: boolean
} & (
  | { readonly kind: 'file'; readonly content: Buffer; readonly mode: number; readonly link: boolean }
  | { readonly kind: 'missing' | 'unreadable' | 'left out'; readonly why: string }
)

/** The largest file that is read, bytes. A bundle of all public CAs has a quarter of it. */
const LARGEST = 1024 * 1024

/** How deep folders in folders are looked into, and how many files at most: somebody may name `/`. */
const DEEPEST = 8
const MOST = 5_000

/**
 * The files at the given paths: a folder stands for all that is in it, and a kubeadm PKI folder for the kubeconfigs beside it too; a
 * certificate's file for the key's beside it. Links to files are followed, links to folders are not. Nothing is dropped without a word.
 */
export function findFiles(paths: readonly string[]): FoundFile[] {
  const found = new Map<string, FoundFile>()
  const add = (file: FoundFile): void => {
    if (!found.has(file.path)) found.set(file.path, file)
  }
  for (const path of paths) {
    if (isFolder(path)) {
      for (const file of filesIn(path, 1, { left: MOST })) add(file)
      for (const beside of besidePki(path).filter((one) => existsSync(one))) add(readFound(beside, false))
    } else {
      add(readFound(path, true))
      for (const beside of besideFile(path).filter((one) => existsSync(one))) add(readFound(beside, false))
    }
  }
  return [...found.values()]
}

/** The key's file of a certificate's, and the other way round, by the ways in which kubeadm and others name them. */
export function besideFile(path: string): string[] {
  const { name, ext } = parse(path)
  const beside = (file: string): string => join(dirname(path), file)
  if (ext === '.key') return [beside(`${name}.crt`)]
  if (ext === '.crt') return [beside(`${name}.key`)]
  if (ext === '.pub') return [beside(`${name}.key`)]
  if (ext !== '.pem') return []
  return [beside(name.endsWith('-key') ? `${name.slice(0, -4)}.pem` : `${name}-key.pem`)]
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // which is told when it is read
  }
}

function filesIn(folder: string, depth: number, count: { left: number }): FoundFile[] {
  let names: string[]
  try {
    names = readdirSync(folder).sort()
  } catch (error) {
    return [{ path: folder, named: depth === 1, kind: 'unreadable', why: wordsOf(error) }]
  }
  const files: FoundFile[] = []
  const folders: FoundFile[] = []
  for (const name of names) {
    const path = join(folder, name)
    if (count.left-- <= 0) {
      files.push({ path, named: false, kind: 'unreadable', why: `it and what follows: more than ${MOST} files` })
      break
    }
    if (!isFolder(path)) files.push(readFound(path, false))
    else if (lstatSync(path).isSymbolicLink()) files.push(leftOut(path, 'a link to a folder; name that folder itself'))
    else if (depth === DEEPEST) files.push(leftOut(path, `a folder more than ${DEEPEST} deep; name it itself`))
    else folders.push(...filesIn(path, depth + 1, count))
  }
  // A link stands for what is in use; what it leads to comes after it.
  const isLink = (file: FoundFile): boolean => file.kind === 'file' && file.link
  return [...files.filter(isLink), ...files.filter((file) => !isLink(file)), ...folders]
}

function leftOut(path: string, why: string): FoundFile {
  return { path, named: false, kind: 'left out', why }
}

/** Never waits (as on a FIFO), and opens nothing but files. */
export function readFound(path: string, named: boolean): FoundFile {
  let fd: number | undefined
  try {
    const link = lstatSync(path).isSymbolicLink()
    if (link && !existsSync(path)) return { path, named, kind: 'unreadable', why: 'a link that points at nothing' }
    const found = statSync(path)
    if (!found.isFile()) return { path, named, kind: 'left out', why: found.isSocket() ? 'a socket' : 'not a file' }
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const { size, mode } = fstatSync(fd)
    if (size > LARGEST) return { path, named, kind: 'left out', why: `larger than ${LARGEST} bytes` }
    return { path, named, kind: 'file', content: readFileSync(fd), mode: mode & 0o7777, link }
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR'
    return { path, named, kind: missing ? 'missing' : 'unreadable', why: wordsOf(error) }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function wordsOf(error: unknown): string {
  const code = systemCode(error) ?? 'unknown error'
  return (
    {
      ENOENT: 'there is no such file',
      ENOTDIR: 'there is no such file',
      EACCES: 'permission denied',
      EPERM: 'permission denied',
      ELOOP: 'too many links',
    }[code] ?? code
  )
}
