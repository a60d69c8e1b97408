import { dirname } from 'node:path'
import type { Entry, FolderImage } from '../support/folder-image.ts'
import type { Recorded } from './recording-disk.ts'

/**
 * What a disk may hold when the power fails between two operations. The model is that of the crash-consistency testers ALICE and
 * CrashMonkey, at its weakest, so that what ext4, XFS, btrfs and others leave is among it:
 *
 * - A sync of a file makes its content and its mode durable, but not its name. A sync of a folder makes durable what was done to names in
 *   it, but no content.
 * - Of all else each operation may have come to the disk or not, whatever its order.
 * - A write that is not synced may also have come in part: the first half, or the length without the content (zeros).
 * - A rename is whole or not at all, and so is a link, since journals and log-structured trees write them so.
 */
export interface StateAfterCut<Context> {
  readonly image: FolderImage
  /** After how many operations. */
  readonly operations: number
  /** What else was so: after the last operation, or before the next one. */
  readonly context: Context
}

/** What became of an operation that was not durable. */
type Fate = 'whole' | 'lost' | 'half' | 'zeros'

/** More than that many states after one operation are too many to be tried. */
const MOST = 4096

/** Each state once. @throws if there are too many: something is never synced. */
export function statesAfterCut<Context>(
  before: FolderImage,
  recorded: readonly Recorded<Context>[],
): StateAfterCut<Context>[] {
  const states = new Map<string, StateAfterCut<Context>>()
  for (let done = 0; done <= recorded.length; done++) {
    const soFar = recorded.slice(0, done)
    const contexts = [recorded[done - 1], recorded[done]].flatMap((one) => (one ? [one.context] : []))
    for (const fates of fatesOf(soFar)) {
      const image = imageAfter(before, soFar, fates)
      for (const context of contexts) {
        const key = JSON.stringify([[...image].sort(([one], [other]) => (one < other ? -1 : 1)), context])
        if (!states.has(key)) states.set(key, { image, operations: done, context })
      }
    }
  }
  return [...states.values()]
}

/** Every way in which what is not durable can have come out. */
function fatesOf(operations: readonly Recorded<unknown>[]): Fate[][] {
  let all: Fate[][] = [[]]
  operations.forEach((operation, index) => {
    const possible: Fate[] = isDurable(operation, operations.slice(index + 1))
      ? ['whole']
      : operation.do === 'write'
        ? ['whole', 'lost', 'half', 'zeros']
        : ['whole', 'lost']
    all = all.flatMap((fates) => possible.map((fate) => [...fates, fate]))
    if (all.length > MOST) throw new Error(`More than ${MOST} states: ${JSON.stringify(operation)} is never synced`)
  })
  return all
}

function isDurable(operation: Recorded<unknown>, later: readonly Recorded<unknown>[]): boolean {
  switch (operation.do) {
    case 'sync file':
    case 'sync folder':
      return true
    case 'write':
    case 'mode':
      return later.some((one) => one.do === 'sync file' && one.file === operation.file)
    case 'rename':
      return later.some((one) => one.do === 'sync folder' && one.path === folderOf(operation.to))
    default:
      return later.some((one) => one.do === 'sync folder' && one.path === folderOf(operation.path))
  }
}

/** As a path in the image: the image's own folder is the empty one. */
const folderOf = (path: string): string => (dirname(path) === '.' ? '' : dirname(path))

interface DiskFile {
  content: string
  mode: number
}

/** The folder when each operation has had its fate. What a lost folder held is lost as well. */
export function imageAfter(
  before: FolderImage,
  operations: readonly Recorded<unknown>[],
  fates: readonly Fate[],
): FolderImage {
  const files = new Map<number, DiskFile>()
  /** What a name stands for while the program runs, and on the disk. */
  const seen = new Map<string, Entry | DiskFile>(before)
  const kept = new Map<string, Entry | DiskFile>(before)
  operations.forEach((operation, index) => {
    const fate = fates[index] ?? 'whole'
    const both = fate === 'whole' ? [seen, kept] : [seen]
    switch (operation.do) {
      case 'create': {
        const file = { content: '', mode: operation.mode }
        files.set(operation.file, file)
        for (const names of both) names.set(operation.path, file)
        break
      }
      case 'write': {
        const file = files.get(operation.file)
        if (file) file.content = written(operation.content, fate)
        break
      }
      case 'mode': {
        const file = files.get(operation.file)
        if (file && fate === 'whole') file.mode = operation.mode
        break
      }
      case 'rename': {
        const moved = seen.get(operation.from)
        for (const names of both) {
          if (moved) names.set(operation.to, moved)
          names.delete(operation.from)
        }
        break
      }
      case 'link':
        for (const names of both) names.set(operation.path, { kind: 'link', target: operation.target })
        break
      case 'remove':
        for (const names of both) names.delete(operation.path)
        break
      case 'folder':
        for (const names of both) names.set(operation.path, { kind: 'folder', mode: operation.mode })
        break
      default:
    }
  })
  const entries = [...kept].map(([path, found]): [string, Entry] => [
    path,
    'kind' in found ? found : { kind: 'file', ...found },
  ])
  return new Map(entries.filter(([path]) => folderOf(path) === '' || kept.has(folderOf(path))))
}

function written(content: string, fate: Fate): string {
  switch (fate) {
    case 'whole':
      return content
    case 'half':
      return content.slice(0, content.length / 2)
    case 'zeros':
      return '\0'.repeat(content.length)
    case 'lost':
      return ''
  }
}
