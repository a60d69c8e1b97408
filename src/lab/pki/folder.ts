/** Where keys and certificates are read from and kept: a folder, a folder that is only read, or memory. */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, link, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface PkiFolder {
  /** What a file is called in messages. */
  pathOf(name: string): string
  /** Undefined when there is no such file. */
  read(name: string): Promise<string | undefined>
  /** Keeps a new file; one that is there is never overwritten. @throws the system's error when it is, or the disk refuses */
  add(name: string, content: string, mode: number): Promise<void>
  /** Names of files that could not be kept, because the folder is only to be read. */
  readonly unkept: readonly string[]
}

/** Keeps nothing. */
export function memoryFolder(): PkiFolder {
  return { pathOf: (name) => name, read: async () => Promise.resolve(undefined), add: async () => {}, unkept: [] }
}

/** @param dir - made when missing. Without any permission to write it is left as it is, even by root. */
export async function diskFolder(dir: string): Promise<PkiFolder> {
  const made = await mkdir(dir, { recursive: true, mode: 0o755 })
  if (made !== undefined) await chmod(dir, 0o755) // whatever the umask
  const writable = await isWritable(dir)
  const unkept: string[] = []
  const pathOf = (name: string): string => join(dir, name)
  return {
    pathOf,
    unkept,
    read: (name) => readIfThere(pathOf(name)),
    add: async (name, content, mode) => {
      if (writable) await addFile(pathOf(name), content, mode)
      else unkept.push(name)
    },
  }
}

async function isWritable(dir: string): Promise<boolean> {
  const { mode } = await stat(dir)
  if ((mode & 0o222) === 0) return false
  return access(dir, constants.W_OK).then(
    () => true,
    () => false,
  )
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The file is there whole or not at all, even after a power cut. */
async function addFile(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp` // in the same directory, so that it can be linked
  try {
    await writeFile(draft, content, { flag: 'wx', mode, flush: true })
    await chmod(draft, mode) // whatever the umask
    await link(draft, path) // unlike rename, this never replaces anything
  } finally {
    await rm(draft, { force: true })
  }
  const directory = await open(dirname(path))
  await directory.sync().finally(() => directory.close())
}
