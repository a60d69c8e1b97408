import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { CertletError, type FailureCode } from '../errors.ts'
import type { UserEntry } from './document.ts'

/** The kubeconfig that an entry stands in: how messages call it, and what its relative paths are relative to. */
export interface Origin {
  /** `"/path"`, or `on standard input`. */
  readonly name: string
  /** What messages call it; a bootstrap kubeconfig unless set. */
  readonly what?: string
  /** Folder of the file; standard input has none. */
  readonly folder?: string
}

/** The largest file that a kubeconfig may name, and the largest kubeconfig, bytes. Real ones have a few thousand. */
const LARGEST = 1024 * 1024

/**
 * Text of a field, undefined when it is absent, null or empty.
 * @throws CertletError KUBECONFIG_INVALID if it is something else than text.
 */
export function textOf<Entry extends object>(
  entry: Entry,
  key: keyof Entry & string,
  origin: Origin,
): string | undefined {
  const value: unknown = entry[key]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw invalid(origin, `${key} is not text (put it in quotes)`)
  return value
}

/** Path of a field made absolute against the kubeconfig's folder, as client-go does. */
export function pathOf<Entry extends object>(
  entry: Entry,
  key: keyof Entry & string,
  origin: Origin,
): string | undefined {
  const file = textOf(entry, key, origin)
  return file === undefined ? undefined : absolute(file, key, origin)
}

/** PEM of a user's `key`: inline data, which wins, or the file that it names. */
export function pemOf(
  user: UserEntry,
  key: 'client-certificate' | 'client-key',
  origin: Origin,
  codes: ReadingCodes,
): Buffer | undefined {
  const data = textOf(user, `${key}-data`, origin)
  if (data !== undefined) return Buffer.from(data, 'base64')
  const file = pathOf(user, key, origin)
  return file === undefined ? undefined : readNamedFile(file, key.replace('-', ' '), codes)
}

export function absolute(file: string, key: string, origin: Origin): string {
  if (isAbsolute(file)) return file
  if (origin.folder === undefined) {
    throw invalid(origin, `${key} is a relative path, which on standard input is relative to nothing`)
  }
  return resolve(origin.folder, file)
}

/** Which failure it is if a file cannot be read. */
export interface ReadingCodes {
  /** If something is wrong with the file. */
  readonly code: FailureCode
  /** If there is none; `code` unless set. */
  readonly missing?: FailureCode
  /** If it may not be read; `code` unless set. */
  readonly denied?: FailureCode
}

/**
 * Reads a whole file of bounded size.
 * @throws CertletError with one of the codes; DISK_ERROR where the disk fails, which says nothing about the file. The message calls the
 * file `what "path"`.
 */
export function readNamedFile(path: string, what: string, codes: ReadingCodes): Buffer {
  return reading(path, what, codes, () => {
    const { size } = statSync(path)
    if (size > LARGEST)
      throw new CertletError(codes.code, `Cannot read ${what} "${path}": it is larger than ${LARGEST} bytes`)
    return readFileSync(path)
  })
}

/** Permissions of a file. @throws as readNamedFile. */
export function modeOfNamedFile(path: string, what: string, codes: ReadingCodes): number {
  return reading(path, what, codes, () => statSync(path).mode & 0o777)
}

function reading<T>(
  path: string,
  what: string,
  { code, missing = code, denied = code }: ReadingCodes,
  read: () => T,
): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof CertletError) throw error
    const { code: errno = 'unknown error' } = error as NodeJS.ErrnoException
    const known = reasons[errno]
    const words = known ?? `it cannot be read (${errno})`
    const hint = errno === 'EACCES' ? { hint: 'run as root, or as the user whose file that is' } : {}
    const kind = { ENOENT: missing, EACCES: denied }[errno] ?? (known === undefined ? 'DISK_ERROR' : code)
    throw new CertletError(kind, `Cannot read ${what} "${path}": ${words}`, hint)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'too many symbolic links',
}

export function invalid(origin: Origin, problem: string): CertletError {
  return new CertletError(
    'KUBECONFIG_INVALID',
    `Cannot use ${origin.what ?? 'bootstrap kubeconfig'} ${origin.name}: ${problem}`,
  )
}
