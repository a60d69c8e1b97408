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
  code: FailureCode,
): Buffer | undefined {
  const data = textOf(user, `${key}-data`, origin)
  if (data !== undefined) return Buffer.from(data, 'base64')
  const file = pathOf(user, key, origin)
  return file === undefined ? undefined : readNamedFile(file, key.replace('-', ' '), { code })
}

export function absolute(file: string, key: string, origin: Origin): string {
  if (isAbsolute(file)) return file
  if (origin.folder === undefined) {
    throw invalid(origin, `${key} is a relative path, which on standard input is relative to nothing`)
  }
  return resolve(origin.folder, file)
}

/**
 * Reads a whole file of bounded size.
 * @throws CertletError with `missing` when there is none, else with `code`; the message calls the file `what "path"`.
 */
export function readNamedFile(
  path: string,
  what: string,
  { code, missing = code }: { code: FailureCode; missing?: FailureCode },
): Buffer {
  try {
    const { size } = statSync(path)
    if (size > LARGEST)
      throw new CertletError(code, `Cannot read ${what} "${path}": it is larger than ${LARGEST} bytes`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof CertletError) throw error
    const { code: errno = 'unknown error' } = error as NodeJS.ErrnoException
    const words = reasons[errno] ?? `it cannot be read (${errno})`
    const hint = errno === 'EACCES' ? { hint: 'run as root, or as the user whose file that is' } : {}
    throw new CertletError(errno === 'ENOENT' ? missing : code, `Cannot read ${what} "${path}": ${words}`, hint)
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
