import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { relative } from 'node:path'
import { generalName } from '../support/folder-image.ts'

/** What was done to a folder. Paths are those in it; files are known by a number, since their names change. */
export type DiskOperation =
  | { readonly do: 'create'; readonly path: string; readonly file: number; readonly mode: number }
  | { readonly do: 'write'; readonly file: number; readonly content: string }
  | { readonly do: 'mode'; readonly file: number; readonly mode: number }
  | { readonly do: 'sync file'; readonly file: number }
  | { readonly do: 'sync folder'; readonly path: string }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'link'; readonly path: string; readonly target: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'folder'; readonly path: string; readonly mode: number }

/** In words, with paths as they are in any run. */
export function describeOperation(operation: DiskOperation): string {
  const on = 'path' in operation ? operation.path : 'to' in operation ? operation.to : `file ${operation.file}`
  return `${operation.do} ${generalName(on)}`
}

/** An operation, and what else was so when it was done. */
export type Recorded<Context> = DiskOperation & { readonly context: Context }

export interface RecordingDisk<Context> extends Disposable {
  readonly operations: readonly Recorded<Context>[]
}

type Call = (...args: unknown[]) => unknown

/**
 * Stands between this process and its disk, and writes down what is done to a folder, until it is disposed of. It knows the calls that
 * certlet makes, all of them synchronous; what is a socket is none of its business.
 * @param context - asked at each operation.
 */
export function recordingDisk<Context>(folder: string, context: () => Context): RecordingDisk<Context> {
  const operations: Recorded<Context>[] = []
  /** What open descriptors stand for: files that were made here by number, folders by path. */
  const open = new Map<number, { file: number } | { folder: string }>()
  let files = 0
  const inside = (path: unknown): string | undefined => {
    const name = relative(folder, String(path))
    return name.startsWith('..') || name.endsWith('.sock') ? undefined : name
  }
  const note = (operation: DiskOperation): void => {
    operations.push({ ...operation, context: context() })
  }
  const opened = (fd: number, path: unknown, flags: unknown, mode: unknown): void => {
    const name = inside(path)
    if (name === undefined || typeof flags !== 'number') return
    if (flags & fs.constants.O_DIRECTORY) open.set(fd, { folder: name })
    if (!(flags & fs.constants.O_CREAT)) return
    open.set(fd, { file: ++files })
    note({ do: 'create', path: name, file: files, mode: Number(mode) })
  }
  const onFile = (fd: unknown, operation: (file: number) => DiskOperation): void => {
    const found = open.get(Number(fd))
    if (found && 'file' in found) note(operation(found.file))
  }
  const onPath = (path: unknown, operation: (name: string) => DiskOperation): void => {
    const name = inside(path)
    if (name !== undefined) note(operation(name))
  }
  /** What each call that has succeeded is noted as. */
  const notes: Record<string, (args: readonly unknown[], result: unknown) => void> = {
    openSync: ([path, flags, mode], fd) => {
      opened(Number(fd), path, flags, mode)
    },
    closeSync: ([fd]) => open.delete(Number(fd)),
    writeFileSync: ([fd, content]) => {
      onFile(fd, (file) => ({ do: 'write', file, content: Buffer.from(String(content)).toString('latin1') }))
    },
    fchmodSync: ([fd, mode]) => {
      onFile(fd, (file) => ({ do: 'mode', file, mode: Number(mode) }))
    },
    fsyncSync: ([fd]) => {
      const found = open.get(Number(fd))
      if (found)
        note('file' in found ? { do: 'sync file', file: found.file } : { do: 'sync folder', path: found.folder })
    },
    renameSync: ([from, to]) => {
      onPath(to, (name) => ({ do: 'rename', from: inside(from) ?? '', to: name }))
    },
    symlinkSync: ([target, path]) => {
      onPath(path, (name) => ({ do: 'link', path: name, target: String(target) }))
    },
    unlinkSync: ([path]) => {
      onPath(path, (name) => ({ do: 'remove', path: name }))
    },
    rmSync: ([path]) => {
      onPath(path, (name) => ({ do: 'remove', path: name }))
    },
    mkdirSync: ([path, options]) => {
      onPath(path, (name) => ({ do: 'folder', path: name, mode: (options as { mode: number }).mode }))
    },
  }
  const calls = fs as unknown as Record<string, Call>
  const originals = Object.entries(notes).flatMap(([name, noted]) => {
    const original = calls[name]
    if (!original) return []
    calls[name] = (...args) => {
      const result = original(...args)
      noted(args, result)
      return result
    }
    return [[name, original] as const]
  })
  syncBuiltinESMExports()
  return {
    operations,
    [Symbol.dispose]: () => {
      for (const [name, original] of originals) calls[name] = original
      syncBuiltinESMExports()
    },
  }
}
